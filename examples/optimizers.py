"""Eight optimizers down the same surfaces.

    python examples/optimizers.py

Prints who came in first on each surface, and saves optimizers.png.
"""

import matplotlib.pyplot as plt

from baremath.plotting import OptimizerRace

SURFACES = ("valley", "ravine", "saddle", "beale")


def main() -> None:
    figure, axes = plt.subplots(2, 2, figsize=(14, 9), layout="constrained")
    for name, ax in zip(SURFACES, axes.ravel(), strict=True):
        race = OptimizerRace.from_surface(name)
        race.plot(ax=ax)
        heights = [height[-1] for height in race.heights]
        best = min(range(len(heights)), key=heights.__getitem__)
        print(f"{name}: {type(race.optimizers[best]).__name__} ends {heights[best]:.3g} above it")
    figure.savefig("optimizers.png", dpi=110)


if __name__ == "__main__":
    main()
