"""Where the threads of generated code meet: they spin, and after a while let others run."""

from __future__ import annotations

import platform

#: Bytes that a barrier needs: two words, far enough apart for a cache line each.
BARRIER_BYTES = 256
_GENERATION = 128
_SPINS = 4096

_PAUSES = {"x86_64": "pause", "AMD64": "pause", "aarch64": "yield", "arm64": "yield"}


def definition() -> str:
    """Return ``@bm.barrier(ptr, i64 threads)``: it returns once all of them have called it."""
    pause = _PAUSES.get(platform.machine(), "")
    wait = f'call void asm sideeffect "{pause}", ""()' if pause else "call i32 @sched_yield()"
    return f"""define internal void @bm.barrier(ptr %here, i64 %threads) noinline {{
entry:
  %generation = getelementptr i8, ptr %here, i64 {_GENERATION}
  %before = load atomic i64, ptr %generation acquire, align 8
  %arrived = atomicrmw add ptr %here, i64 1 acq_rel
  %all = add i64 %arrived, 1
  %last = icmp eq i64 %all, %threads
  br i1 %last, label %open, label %spin
open:
  store atomic i64 0, ptr %here monotonic, align 8
  %next = add i64 %before, 1
  store atomic i64 %next, ptr %generation release, align 8
  ret void
spin:
  %turn = phi i64 [0, %entry], [%turns, %again]
  %now = load atomic i64, ptr %generation acquire, align 8
  %moved = icmp ne i64 %now, %before
  br i1 %moved, label %done, label %again.or.rest
again.or.rest:
  {wait}
  %turns = add i64 %turn, 1
  %long = icmp ugt i64 %turns, {_SPINS}
  br i1 %long, label %rest, label %again
rest:
  %ignored = call i32 @sched_yield()
  br label %again
again:
  br label %spin
done:
  ret void
}}
declare i32 @sched_yield()"""
