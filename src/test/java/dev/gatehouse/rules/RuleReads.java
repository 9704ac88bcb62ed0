package dev.gatehouse.rules;

import dev.gatehouse.testing.Folders;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * What a rule of the catalogue looks at, for those who show the same.
 *
 * @param alert the name of its alert
 * @param runbook the path of its runbook in the project
 * @param expressions its condition, and what is recorded for it; not what excuses a caller, after
 *     {@code unless}, since that is about others
 */
public record RuleReads(String alert, String runbook, List<String> expressions) {

  private static final Pattern RECORDED = Pattern.compile("\\bgatehouse:\\w+:\\w+");
  private static final Pattern EXCUSE = Pattern.compile("\\bunless\\b");
  private static final Catalogue CATALOGUE = read();
  private static final Map<String, String> RECORDINGS =
      CATALOGUE.recordings().stream()
          .collect(Collectors.toUnmodifiableMap(Recording::name, Recording::expression));

  /** Every rule, in the order of the catalogue. */
  public static List<RuleReads> all() {
    return CATALOGUE.rules().stream()
        .map(
            rule ->
                new RuleReads(
                    rule.alert(),
                    rule.runbook(),
                    expressions(EXCUSE.split(rule.condition(), 2)[0])))
        .toList();
  }

  /**
   * The expression, and those of what it reads that is recorded, and of what these read.
   *
   * @throws IllegalArgumentException if something is recorded nowhere
   */
  public static List<String> expressions(String expression) {
    Set<String> seen = new LinkedHashSet<>();
    add(expression, seen);
    return List.copyOf(seen);
  }

  /** A limit is made of its own value of before, so that recordings go in a circle. */
  private static void add(String expression, Set<String> seen) {
    if (seen.add(expression)) {
      RECORDED
          .matcher(expression)
          .results()
          .forEach(
              found -> {
                String recorded = RECORDINGS.get(found.group());
                if (recorded == null) {
                  throw new IllegalArgumentException(found.group() + " is recorded nowhere");
                }
                add(recorded, seen);
              });
    }
  }

  private static Catalogue read() {
    try {
      return Catalogue.read(Files.readString(Folders.project(RuleFiles.SOURCE)));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
