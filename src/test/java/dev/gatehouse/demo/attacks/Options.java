package dev.gatehouse.demo.attacks;

import java.util.List;
import java.util.regex.Pattern;

/**
 * What the replay is told by system properties.
 *
 * @param only the names of the attacks to run; empty for all
 * @param seconds how long an attack lasts at most
 * @param warmUpSeconds how long honest callers are alone before the first attack
 * @param prometheus whether to start Prometheus where there is one
 */
record Options(List<String> only, int seconds, int warmUpSeconds, boolean prometheus) {

  private static final Pattern COMMA = Pattern.compile(",");

  /** Copies the list. */
  Options {
    only = List.copyOf(only);
  }

  /** From {@code attacks.only}, {@code .seconds}, {@code .warm-up} and {@code .prometheus}. */
  static Options read() {
    return new Options(
        COMMA
            .splitAsStream(System.getProperty("attacks.only", ""))
            .filter(name -> !name.isBlank())
            .map(String::strip)
            .toList(),
        Integer.getInteger("attacks.seconds", 60),
        Integer.getInteger("attacks.warm-up", 60),
        !"false".equals(System.getProperty("attacks.prometheus")));
  }

  /** Whether the attack of that name is to run, or the table of {@code policies}. */
  boolean runs(String name) {
    return only.isEmpty() || only.contains(name);
  }
}
