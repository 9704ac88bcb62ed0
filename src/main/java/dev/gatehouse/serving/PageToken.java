package dev.gatehouse.serving;

import dev.gatehouse.core.Refusal;
import dev.gatehouse.core.RefusedException;
import dev.gatehouse.registry.Page;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Pages of lists that are read by "what comes after this name". */
final class PageToken {

  private PageToken() {}

  /** Reads items after a name, at most so many. */
  @FunctionalInterface
  interface After<T> {
    List<T> list(@Nullable String after, int limit);
  }

  /**
   * One page.
   *
   * @param kind tells lists apart, so that a token of one is refused by another
   * @throws RefusedException with {@code ArgumentInvalid} for a bad size or token
   */
  static <T> Page<T> page(
      String kind,
      int size,
      String token,
      Predicate<String> validName,
      After<T> items,
      Function<T, String> name) {
    if (size < 0) {
      throw new RefusedException(Refusal.ArgumentInvalid.of("page_size", "is negative"));
    }
    int limit = size == 0 ? Page.SIZE_DEFAULT : Math.min(size, Page.SIZE_MAX);
    List<T> found = items.list(after(kind, token, validName), limit + 1);
    if (found.size() <= limit) {
      return new Page<>(found, "");
    }
    String last = kind + ":" + name.apply(found.get(limit - 1));
    return new Page<>(
        found.subList(0, limit),
        Base64.getUrlEncoder()
            .withoutPadding()
            .encodeToString(last.getBytes(StandardCharsets.US_ASCII)));
  }

  private static @Nullable String after(String kind, String token, Predicate<String> validName) {
    if (token.isEmpty()) {
      return null;
    }
    String text;
    try {
      text = new String(Base64.getUrlDecoder().decode(token), StandardCharsets.US_ASCII);
    } catch (IllegalArgumentException e) {
      throw bad();
    }
    String prefix = kind + ":";
    if (!text.startsWith(prefix) || !validName.test(text.substring(prefix.length()))) {
      throw bad();
    }
    return text.substring(prefix.length());
  }

  private static RefusedException bad() {
    return new RefusedException(
        Refusal.ArgumentInvalid.of("page_token", "was not given out for this list"));
  }
}
