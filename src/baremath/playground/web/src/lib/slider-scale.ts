/** Between the places of a slider's knob and the values they stand for. */

interface ScaleOptions {
  min: number;
  max: number;
  step?: number | undefined;
  log?: boolean;
  zero?: boolean;
  stops?: readonly number[] | undefined;
  whole?: boolean;
}

interface SliderScale {
  low: number;
  high: number;
  step: number;
  toValue(place: number): number;
  toPlace(value: number): number;
}

export function scaleOf(options: ScaleOptions): SliderScale {
  if (options.stops !== undefined) return stopScale(options.stops);
  return options.log ? logScale(options) : linearScale(options);
}

function linearScale({ min, max, step = (max - min) / 100, whole }: ScaleOptions): SliderScale {
  const toValue = (place: number) => (whole ? Math.round(place) : Number(place.toPrecision(12)));
  return { low: min, high: max, step: whole ? Math.max(1, step) : step, toValue, toPlace: Number };
}

/** The place is the power of ten; one step below the least value stands for zero. */
function logScale({ min, max, step = 0.05, zero, whole }: ScaleOptions): SliderScale {
  const least = Math.log10(min);
  const low = zero ? least - step : least;
  const toValue = (place: number) => {
    if (zero && place < least - step / 2) return 0;
    const value = 10 ** place;
    return Math.min(Math.max(whole ? Math.round(value) : Number(value.toPrecision(3)), min), max);
  };
  const toPlace = (value: number) => (value > 0 ? Math.log10(value) : low);
  return { low, high: Math.log10(max), step: whole ? 0.001 : step, toValue, toPlace };
}

function stopScale(stops: readonly number[]): SliderScale {
  const nearest = (value: number) =>
    stops.reduce(
      (best, stop, i) =>
        Math.abs(stop - value) < Math.abs((stops[best] as number) - value) ? i : best,
      0,
    );
  return {
    low: 0,
    high: stops.length - 1,
    step: 1,
    toValue: (place) => stops[Math.round(place)] as number,
    toPlace: nearest,
  };
}
