package dev.gatehouse.registry;

import dev.gatehouse.core.Refusal;
import dev.gatehouse.core.RefusedException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.function.Function;
import java.util.function.Predicate;

/**
 * Which part of a list is asked for: what comes after a name.
 *
 * <p>A token is the kind of the list and the last name of the part before, so it stays good
 * whatever is added or deleted meanwhile, and whoever changes one gets another part of a list that
 * is theirs to read.
 *
 * @param size how many items, 1 to {@link Page#SIZE_MAX}
 * @param after the name after which the part begins, empty for the first part
 */
public record PageRequest(int size, String after) {

  /**
   * Reads what the caller sent.
   *
   * @param kind of the list, a letter
   * @param size 0 for the default; more than the most is taken for the most
   * @param token empty for the first part
   * @throws RefusedException {@code ArgumentInvalid} for a negative size or a token that was not
   *     made by {@link #page} for such a list
   */
  public static PageRequest read(char kind, int size, String token, Predicate<String> validName) {
    if (size < 0) {
      throw new RefusedException(Refusal.ArgumentInvalid.of("page_size", "is negative"));
    }
    int effective = size == 0 ? Page.SIZE_DEFAULT : Math.min(size, Page.SIZE_MAX);
    if (token.isEmpty()) {
      return new PageRequest(effective, "");
    }
    String text = decode(token);
    if (text.isEmpty() || text.charAt(0) != kind || !validName.test(text.substring(1))) {
      throw new RefusedException(
          Refusal.ArgumentInvalid.of("page_token", "was not given out for this list"));
    }
    return new PageRequest(effective, text.substring(1));
  }

  /**
   * The page that answers this request.
   *
   * @param rows the items from the asked-for name on, one more than asked for if there are more
   */
  public <T> Page<T> page(char kind, List<T> rows, Function<T, String> name) {
    if (rows.size() <= size) {
      return new Page<>(rows, "");
    }
    return new Page<>(rows.subList(0, size), token(kind, name.apply(rows.get(size - 1))));
  }

  /** The token of a list of that kind that {@link #read} makes {@code name} of again. */
  public static String token(char kind, String name) {
    byte[] token = (kind + name).getBytes(StandardCharsets.US_ASCII);
    return Base64.getUrlEncoder().withoutPadding().encodeToString(token);
  }

  private static String decode(String token) {
    try {
      return new String(Base64.getUrlDecoder().decode(token), StandardCharsets.US_ASCII);
    } catch (IllegalArgumentException e) {
      return "";
    }
  }
}
