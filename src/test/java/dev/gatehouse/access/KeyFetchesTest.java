package dev.gatehouse.access;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import io.quarkus.oidc.common.OidcRequestContextProperties;
import io.quarkus.oidc.common.OidcResponseFilter.OidcResponseFilterContext;
import io.vertx.mutiny.core.MultiMap;
import io.vertx.mutiny.core.buffer.Buffer;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class KeyFetchesTest {

  private static final TestTokens FIRST = TestTokens.generate();
  private static final TestTokens SECOND = TestTokens.generate();

  private final AccessFixture time = new AccessFixture();
  private final KeyFetches fetches = new KeyFetches(time);

  private void answer(int status, String body) {
    Object ignored =
        fetches
            .filter(
                new OidcResponseFilterContext(
                    new OidcRequestContextProperties(Map.of()),
                    status,
                    MultiMap.caseInsensitiveMultiMap(),
                    Buffer.buffer(body)))
            .await()
            .indefinitely();
  }

  private static String both() {
    return "{\"keys\":[" + FIRST.publicKey() + "," + SECOND.publicKey() + "]}";
  }

  @Test
  void filter_goodAnswer_isHowOldTheKeysAre() {
    time.advance(Duration.ofMinutes(7));
    assertEquals(Duration.ofMinutes(7), fetches.age());
    answer(200, FIRST.keySet());
    assertEquals(Duration.ZERO, fetches.age());
    assertEquals(FIRST.key().getPublicKey(), fetches.find(FIRST.key().getKeyId()));
    assertNull(fetches.find(SECOND.key().getKeyId()));
  }

  @Test
  void filter_noKeys_isNoAnswer() {
    answer(200, FIRST.keySet());
    time.advance(Duration.ofMinutes(7));
    answer(503, SECOND.keySet());
    answer(200, "");
    answer(200, "no JSON");
    answer(200, "{\"keys\":7}");
    assertEquals(Duration.ofMinutes(7), fetches.age());
    assertNotNull(fetches.find(FIRST.key().getKeyId()));
  }

  @Test
  void generation_keyAdded_staysAndKeyGone_changesTwice() {
    answer(200, FIRST.keySet());
    long first = fetches.generation();
    answer(200, both());
    time.advance(Duration.ofHours(1));
    answer(200, both());
    assertEquals(first, fetches.generation());
    answer(200, SECOND.keySet());
    long settling = fetches.generation();
    assertNotEquals(first, settling, "what the lost key signed is verified again");
    assertNull(fetches.find(FIRST.key().getKeyId()));
    time.advance(Duration.ofSeconds(10));
    assertNotEquals(
        settling, fetches.generation(), "also what was verified while Quarkus still had it");
    long settled = fetches.generation();
    time.advance(Duration.ofHours(1));
    assertEquals(settled, fetches.generation());
  }
}
