package dev.gatehouse.abuse.rules;

import java.util.Locale;
import java.util.Optional;

/** Writes evidence: words of ours with numbers in them. */
final class Measured {

  private Measured() {}

  /** The evidence, if the condition holds. */
  static Optional<String> when(boolean holds, String format, Object... numbers) {
    return holds ? Optional.of(String.format(Locale.ROOT, format, numbers)) : Optional.empty();
  }
}
