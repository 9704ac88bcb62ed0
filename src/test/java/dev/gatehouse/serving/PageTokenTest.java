package dev.gatehouse.serving;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.gatehouse.core.ModelName;
import dev.gatehouse.core.Refusal;
import dev.gatehouse.core.RefusedException;
import dev.gatehouse.registry.Page;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

final class PageTokenTest {

  private static final List<String> NAMES =
      IntStream.range(0, 250).mapToObj(i -> String.format("n%03d", i)).toList();

  private static Page<String> page(String kind, int size, String token) {
    return PageToken.page(
        kind,
        size,
        token,
        ModelName::valid,
        (after, limit) ->
            NAMES.stream()
                .filter(name -> after == null || name.compareTo(after) > 0)
                .limit(limit)
                .toList(),
        Function.identity());
  }

  @Test
  void page_afterPage_givesEverythingOnce() {
    for (int size : new int[] {0, 1, 7, 50, 249, 250, 251, Integer.MAX_VALUE}) {
      List<String> all = new ArrayList<>();
      String token = "";
      do {
        Page<String> page = page("k", size, token);
        all.addAll(page.items());
        token = page.nextPageToken();
      } while (!token.isEmpty());
      assertEquals(NAMES, all, "size " + size);
    }
  }

  @Test
  void page_sizeOrTokenThatIsNone_isRefused() {
    String ours = page("k", 10, "").nextPageToken();
    refused(-1, "");
    refused(Integer.MIN_VALUE, "");
    for (String token : List.of("x", "!", "é", "=", ours + "A", ours.substring(1))) {
      refused(10, token);
    }
    for (String text : List.of("", "k", "k:", "k:A", "k:a/b", "other:n001", "K:n001", ":n001")) {
      refused(10, encode(text));
    }
    assertEquals("n010", page("k", 1, ours).items().getFirst());
  }

  private static String encode(String text) {
    return Base64.getUrlEncoder()
        .withoutPadding()
        .encodeToString((text.isEmpty() ? " " : text).getBytes(StandardCharsets.US_ASCII));
  }

  private static void refused(int size, String token) {
    RefusedException refused =
        assertThrows(RefusedException.class, () -> page("k", size, token), token);
    assertInstanceOf(Refusal.ArgumentInvalid.class, refused.refusal());
  }
}
