package dev.gatehouse.rules;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;

/**
 * The source of the rules as values, constants put in.
 *
 * @param atlas the release of MITRE ATLAS that techniques are named by
 * @param documents where the folder {@code docs} is published: an address, or its path in the
 *     project
 * @param recordings what Prometheus records, those of the baselines last
 * @param rules what it fires
 */
record Catalogue(String atlas, String documents, List<Recording> recordings, List<Rule> rules) {

  private static final Pattern CONSTANT = Pattern.compile("\\$\\{(\\w+)}");

  /**
   * Reads a catalogue.
   *
   * @throws IllegalArgumentException if a field is missing or unknown, a constant is not defined or
   *     not used, or an id comes twice
   */
  static Catalogue read(String text) {
    LoaderOptions options = new LoaderOptions();
    options.setAllowDuplicateKeys(false);
    Object loaded = new Yaml(new SafeConstructor(options)).load(text);
    Fields source = Fields.of("catalogue", loaded);
    Map<String, String> constants = new TreeMap<>();
    source
        .fields("constants")
        .forEach(
            (name, constant) -> {
              constant.text("meaning");
              constants.put(name, constant.text("value"));
              constant.end();
            });
    UnaryOperator<String> filled = expression -> fill(expression, constants);
    List<Recording> recordings =
        Stream.concat(
                source.list("records").stream().map(record -> Recording.of(record, filled)),
                source.list("baselines").stream()
                    .flatMap(baseline -> Baseline.of(baseline, filled).recordings().stream()))
            .toList();
    List<Rule> rules = source.list("rules").stream().map(rule -> Rule.of(rule, filled)).toList();
    String atlas = source.text("atlas");
    String documents = source.text("documents");
    source.end();
    distinct(rules.stream().map(Rule::id).toList());
    distinct(recordings.stream().map(Recording::name).toList());
    for (String constant : constants.keySet()) {
      if (!text.contains("${" + constant + "}")) {
        throw new IllegalArgumentException("the constant " + constant + " is used nowhere");
      }
    }
    return new Catalogue(atlas, documents, recordings, rules);
  }

  private static String fill(String expression, Map<String, String> constants) {
    Matcher matcher = CONSTANT.matcher(expression);
    return matcher.replaceAll(
        match -> {
          String value = constants.get(match.group(1));
          if (value == null) {
            throw new IllegalArgumentException("no constant " + match.group(1));
          }
          return Matcher.quoteReplacement(value);
        });
  }

  private static void distinct(List<String> names) {
    for (String name : names) {
      if (names.indexOf(name) != names.lastIndexOf(name)) {
        throw new IllegalArgumentException(name + " comes twice");
      }
    }
  }
}
