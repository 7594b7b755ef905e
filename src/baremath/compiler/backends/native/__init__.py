"""The native backend: LLVM IR, compiled in the process."""
