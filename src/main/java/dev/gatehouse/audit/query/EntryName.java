package dev.gatehouse.audit.query;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Names one entry: {@code c-<sequence>} in the control log, {@code j-<journal>-<sequence>} in a
 * journal.
 *
 * @param journal the id of the journal, or null in the control log
 * @param sequence its place in its log
 */
public record EntryName(@Nullable String journal, long sequence) {

  private static final Pattern FORM = Pattern.compile("(?:c|j-([0-9a-f]{32}))-(0|[1-9]\\d{0,17})");

  /** The entry of that name; empty if none can have it. */
  public static Optional<EntryName> parse(String name) {
    Matcher parts = FORM.matcher(name);
    return parts.matches()
        ? Optional.of(new EntryName(parts.group(1), Long.parseLong(parts.group(2))))
        : Optional.empty();
  }

  @Override
  public String toString() {
    return journal == null ? "c-" + sequence : "j-" + journal + "-" + sequence;
  }
}
