package dev.gatehouse.boot;

import io.smallrye.config.WithDefault;
import java.util.Optional;

/** Spans of calls for a tracing system. */
public interface TracesConfig {

  /** Where they go. */
  @Setting(
      value =
          "Where spans of calls are sent, as OTLP over HTTP: a collector's address with its path,"
              + " such as `http://127.0.0.1:4318/v1/traces`.",
      unit = "URL",
      unset = "no spans are made")
  Optional<String> endpoint();

  /** Sampling. */
  @Setting(
      value =
          "How many of the traces are kept, chosen by their ids; none whose caller says that it is"
              + " not sampled.",
      unit = "percent, 1 to 100")
  @WithDefault("100")
  int sampledPercent();
}
