package dev.gatehouse.bench;

import java.util.Locale;

/** What a row measures. */
enum Kind {
  /** A bare gRPC server that answers with an equally large response: what transport allows. */
  ECHO("c"),
  /** DJL's own predictor: what the engine allows. */
  PREDICTOR("b"),
  /** The gateway's engine room without the gateway. */
  ENGINE("b"),
  /** The packaged gateway. */
  GATEWAY("c"),
  /** The packaged gateway that records no uses: what the record costs. */
  UNRECORDED("c"),
  /** The packaged gateway that watches nobody: what the watch costs. */
  UNWATCHED("c"),
  /**
   * The packaged gateway with a saturated queue: what callers at their fair share get while one
   * caller offers so many times its own.
   */
  FAIRNESS("x");

  private final String loadPrefix;

  Kind(String loadPrefix) {
    this.loadPrefix = loadPrefix;
  }

  /** Whether it is a gateway that leaves something out, to show what that costs. */
  boolean lesser() {
    return this == UNRECORDED || this == UNWATCHED;
  }

  /** The row's name: {@code gateway/add_sub/c16}, {@code predictor/digits_cnn/b8}. */
  String row(Workload workload, int load) {
    return name().toLowerCase(Locale.ROOT) + "/" + workload.title() + "/" + loadPrefix + load;
  }
}
