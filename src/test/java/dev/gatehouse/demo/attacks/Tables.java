package dev.gatehouse.demo.attacks;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What the replay found, for people and for programs.
 *
 * @param attacks one row each
 * @param policies one row each
 * @param reactions one row each; none if the gateway was not asked to act
 */
record Tables(List<Outcome> attacks, List<PolicyCost> policies, List<Reaction> reactions) {

  private static final String NOTHING = "–";

  /** Copies the lists. */
  Tables {
    attacks = List.copyOf(attacks);
    policies = List.copyOf(policies);
    reactions = List.copyOf(reactions);
  }

  /** The tables in Markdown. */
  String markdown() {
    StringBuilder text = new StringBuilder();
    text.append(
        """
        | attack | noticed | first by | after | then by | copy then | copy at the end | honest callers meanwhile |
        |---|---|---|--:|---|--:|--:|---|
        """);
    attacks.forEach(one -> text.append(line(one)));
    if (!policies.isEmpty()) {
      text.append("\n| what the grant gives of the logits |");
      PolicyCost.ROWS.forEach(rows -> text.append(' ').append(rows).append(" rows |"));
      text.append("\n|---|").append("--:|".repeat(PolicyCost.ROWS.size())).append('\n');
      policies.forEach(one -> text.append(line(one)));
    }
    if (!reactions.isEmpty()) {
      text.append(
          """

          | attack, with the gateway acting | what the attacker felt | after | open stream cut after | copy at the end |
          |---|---|--:|--:|--:|
          """);
      reactions.forEach(one -> text.append(line(one)));
    }
    return text.toString();
  }

  private static String line(Outcome one) {
    boolean seen = !one.noticed().isEmpty();
    return row(
        one.attack() + (one.note().isEmpty() ? "" : " (" + one.note() + ")"),
        seen ? "yes" : "no",
        seen ? by(one.noticed().getFirst()) : NOTHING,
        seen
            ? after(one.noticed().getFirst().seconds(), one.noticed().getFirst().queries())
            : "not in " + after(one.seconds(), one.queries()),
        one.noticed().size() < 2
            ? NOTHING
            : one.noticed().stream().skip(1).map(Tables::later).collect(Collectors.joining("; ")),
        share(one.copyThen()),
        share(one.copyEnd()),
        company(one.honest()));
  }

  private static String row(String... cells) {
    return "| " + String.join(" | ", cells) + " |\n";
  }

  private static String by(Outcome.Noticed noticed) {
    return "`" + noticed.rule() + "`, " + noticed.by() + (noticed.restricts() ? " (acts)" : "");
  }

  private static String later(Outcome.Noticed noticed) {
    return by(noticed) + ", " + seconds(noticed.seconds());
  }

  private static String after(double seconds, long queries) {
    return seconds(seconds) + ", " + String.format(Locale.ROOT, "%,d", queries);
  }

  private static String seconds(double seconds) {
    return String.format(Locale.ROOT, "%.1f s", seconds);
  }

  private static String share(OptionalDouble share) {
    return share.isEmpty() ? NOTHING : share(share.getAsDouble());
  }

  private static String share(double share) {
    return String.format(Locale.ROOT, "%.1f %%", 100 * share);
  }

  private static String company(Outcome.Company honest) {
    String accused =
        honest.accused().isEmpty()
            ? "none accused"
            : "accused: " + String.join(", ", honest.accused());
    return accused
        + String.format(Locale.ROOT, "; %,d of %,d calls failed", honest.failed(), honest.calls());
  }

  private static String line(PolicyCost one) {
    return "| "
        + one.policy()
        + " | "
        + one.agreements().stream().map(Tables::share).collect(Collectors.joining(" | "))
        + " |\n";
  }

  private static String line(Reaction one) {
    boolean felt = !one.effect().isEmpty();
    return row(
        one.attack(),
        felt ? one.effect() : "nothing",
        (felt ? "" : "not in ") + after(one.seconds(), one.queries()),
        one.streamSeconds().isPresent() ? seconds(one.streamSeconds().getAsDouble()) : NOTHING,
        share(one.copyEnd()));
  }

  /** The same as JSON. */
  String json() {
    Map<String, Object> all = new LinkedHashMap<>();
    all.put("attacks", attacks.stream().map(Tables::fields).toList());
    all.put("policyRows", PolicyCost.ROWS);
    all.put("policies", policies.stream().map(Tables::fields).toList());
    all.put("reactions", reactions.stream().map(Tables::fields).toList());
    try {
      return new ObjectMapper().writerWithDefaultPrettyPrinter().writeValueAsString(all);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }

  private static Map<String, @Nullable Object> fields(Outcome one) {
    Map<String, @Nullable Object> fields = new LinkedHashMap<>();
    fields.put("attack", one.attack());
    fields.put("seconds", one.seconds());
    fields.put("queries", one.queries());
    fields.put("endings", one.endings());
    fields.put("noticed", one.noticed().stream().map(Tables::fields).toList());
    fields.put("copyThen", orNull(one.copyThen()));
    fields.put("copyEnd", orNull(one.copyEnd()));
    fields.put("note", one.note());
    fields.put("honestAccused", one.honest().accused());
    fields.put("honestCalls", one.honest().calls());
    fields.put("honestFailed", one.honest().failed());
    return fields;
  }

  private static Map<String, Object> fields(Outcome.Noticed one) {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("rule", one.rule());
    fields.put("by", one.by());
    fields.put("restricts", one.restricts());
    fields.put("seconds", one.seconds());
    fields.put("queries", one.queries());
    return fields;
  }

  private static Map<String, Object> fields(PolicyCost one) {
    return Map.of("policy", one.policy(), "agreements", one.agreements());
  }

  private static Map<String, @Nullable Object> fields(Reaction one) {
    Map<String, @Nullable Object> fields = new LinkedHashMap<>();
    fields.put("attack", one.attack());
    fields.put("effect", one.effect());
    fields.put("seconds", one.seconds());
    fields.put("queries", one.queries());
    fields.put("streamSeconds", orNull(one.streamSeconds()));
    fields.put("copyEnd", orNull(one.copyEnd()));
    return fields;
  }

  private static @Nullable Double orNull(OptionalDouble value) {
    return value.isPresent() ? value.getAsDouble() : null;
  }
}
