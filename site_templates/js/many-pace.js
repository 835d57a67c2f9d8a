// Long work in short pieces, so that the page goes on answering.

const BUDGET = 20; // milliseconds of work before a pause

/** Counts the time worked: `if (pace.due()) await pace.rest();` */
export class Pace {
  since = performance.now();

  due() {
    return performance.now() - this.since > BUDGET;
  }

  /** Let the browser do what waits: draw, and hear the visitor. */
  async rest() {
    await new Promise((resolve) => setTimeout(resolve));
    this.since = performance.now();
  }
}
