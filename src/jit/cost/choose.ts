/**
 * Which device runs a nest next: the prediction, corrected by what was measured of this nest. What was never measured is only tried where the prediction says that it wins by
 * a margin, and what was measured slower stays behind until its rival gets slower than it by the same margin (hysteresis).
 */
import type { Prediction } from "./model.ts";

export type Place = "js" | "device";

/** A rival has to be faster by this factor. */
const MARGIN = 1.5;
/** Nests shorter than this are not worth opening a device for, in milliseconds. */
const WORTH_A_DEVICE = 100;
/** Weight of the newest measurement in the running mean. */
const NEWEST = 0.5;

export class Choice {
  private readonly measured: Partial<Record<Place, number>> = {};
  private current: Place = "js";

  /** A run took so many milliseconds where so many were predicted: kept as a factor, so that sizes may change. */
  record(place: Place, ms: number, predicted: number): void {
    const factor = ms / Math.max(predicted, 1e-3);
    const old = this.measured[place];
    this.measured[place] = old === undefined ? factor : old + NEWEST * (factor - old);
  }

  next(p: Prediction): { readonly place: Place; readonly ms: number; readonly why: string } {
    const js = p.js * (this.measured.js ?? 1);
    const device = p.device * (this.measured.device ?? 1);
    if (this.current === "js" && js > WORTH_A_DEVICE && device * MARGIN < js && this.measured.js !== undefined) this.current = "device";
    else if (this.current === "device" && this.measured.device !== undefined && js * MARGIN < device) this.current = "js";
    const ms = this.current === "js" ? js : device;
    return { place: this.current, ms, why: `predicted ${js.toFixed(2)} ms on js, ${device.toFixed(2)} ms on the device` };
  }
}
