package dev.gatehouse.access;

import static dev.gatehouse.access.AccessFixture.ISSUER;
import static dev.gatehouse.access.AccessFixture.START;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.fail;

import dev.gatehouse.access.LogoutTokenException.Cause;
import java.nio.charset.StandardCharsets;
import java.security.Key;
import java.time.Duration;
import java.util.Arrays;
import java.util.Base64;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.function.Consumer;
import org.jose4j.jwa.AlgorithmConstraints;
import org.jose4j.jws.AlgorithmIdentifiers;
import org.jose4j.jws.JsonWebSignature;
import org.jose4j.jwt.JwtClaims;
import org.jose4j.jwt.NumericDate;
import org.jose4j.keys.HmacKey;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Each check of a logout token, by a token that fails that one alone. */
final class LogoutTokensTest {

  private static final TestTokens SIGNER = TestTokens.generate();
  private static final TestTokens STRANGER = TestTokens.generate();
  private static final Set<String> CLIENTS = Set.of("gatehouse-cli", "orders");

  private final AccessFixture fixture = new AccessFixture();
  private final LogoutTokens tokens =
      new LogoutTokens(fixture.settings, LogoutTokensTest::find, fixture);

  private static @Nullable Key find(String keyId) {
    return keyId.equals(SIGNER.key().getKeyId()) ? SIGNER.key().getPublicKey() : null;
  }

  private static JwtClaims claims() {
    JwtClaims claims = new JwtClaims();
    claims.setIssuer(ISSUER);
    claims.setAudience("gatehouse-cli");
    claims.setIssuedAt(seconds(0));
    claims.setExpirationTime(seconds(120));
    claims.setJwtId("logout-1");
    claims.setSubject("alice-subject");
    claims.setClaim("sid", "session-1");
    claims.setClaim("typ", "Logout");
    claims.setClaim("events", Map.of(LogoutTokens.EVENT, Map.of()));
    return claims;
  }

  private static NumericDate seconds(long fromNow) {
    return NumericDate.fromSeconds(START.getEpochSecond() + fromNow);
  }

  private static String signed(Consumer<JwtClaims> change) {
    JwtClaims claims = claims();
    change.accept(claims);
    return SIGNER.sign(claims);
  }

  private static String headed(Consumer<JsonWebSignature> change) {
    JsonWebSignature signature = SIGNER.signature(claims());
    signature.setHeader("typ", "logout+jwt");
    change.accept(signature);
    return TestTokens.serialize(signature);
  }

  private void assertRefused(Cause cause, String token) {
    LogoutTokenException refused =
        assertThrows(LogoutTokenException.class, () -> tokens.read(token, CLIENTS));
    assertEquals(cause, refused.reason());
  }

  private void assertRefused(Cause cause, Consumer<JwtClaims> change) {
    assertRefused(cause, signed(change));
  }

  private LogoutToken read(String token) {
    try {
      return tokens.read(token, CLIENTS);
    } catch (LogoutTokenException e) {
      return fail(e);
    }
  }

  @Test
  void read_goodToken_saysWhoseLoginEnded() {
    LogoutToken expected = new LogoutToken("logout-1", "alice-subject", "session-1", START);
    assertEquals(expected, read(signed(claims -> {})));
    assertEquals(expected, read(headed(signature -> {})));
    assertEquals(expected, read(headed(signature -> signature.setHeader("typ", "JWT"))));
    assertEquals(expected, read(signed(claims -> claims.unsetClaim("exp"))));
    assertEquals(expected, read(signed(claims -> claims.unsetClaim("typ"))));
    assertEquals(
        expected, read(signed(claims -> claims.setAudience(List.of("another", "orders")))));
    assertNull(read(signed(claims -> claims.unsetClaim("sid"))).sessionId());
    assertNull(read(signed(claims -> claims.unsetClaim("sub"))).subject());
  }

  @Test
  void read_anotherIssuerOrNone_refused() {
    assertRefused(Cause.ISSUER, claims -> claims.setIssuer(ISSUER + "/"));
    assertRefused(Cause.ISSUER, claims -> claims.unsetClaim("iss"));
  }

  @Test
  void read_audienceOfAnotherClientOrNone_refused() {
    assertRefused(Cause.AUDIENCE, claims -> claims.setAudience("gatehouse"));
    assertRefused(Cause.AUDIENCE, claims -> claims.setAudience(List.of("a", "b")));
    assertRefused(Cause.AUDIENCE, claims -> claims.setAudience("GATEHOUSE-CLI"));
    assertRefused(Cause.AUDIENCE, claims -> claims.unsetClaim("aud"));
    assertThrows(LogoutTokenException.class, () -> tokens.read(signed(claims -> {}), Set.of()));
  }

  @Test
  void read_edgesOfTime_areThoseOfAgeAndSkew() {
    long skew = fixture.settings.clockSkew().toSeconds();
    long age = LogoutTokens.AGE_MAX.toSeconds() + skew;
    LogoutToken oldest = read(signed(claims -> claims.setIssuedAt(seconds(-age))));
    assertEquals(START.minus(Duration.ofSeconds(age)), oldest.issueTime());
    assertRefused(Cause.TIME, claims -> claims.setIssuedAt(seconds(-age - 1)));
    LogoutToken newest = read(signed(claims -> claims.setIssuedAt(seconds(skew))));
    assertEquals(START.plus(Duration.ofSeconds(skew)), newest.issueTime());
    assertRefused(Cause.TIME, claims -> claims.setIssuedAt(seconds(skew + 1)));
    assertEquals(
        "logout-1", read(signed(claims -> claims.setExpirationTime(seconds(1 - skew)))).id());
    assertRefused(Cause.TIME, claims -> claims.setExpirationTime(seconds(-skew)));
    assertRefused(Cause.TIME, claims -> claims.unsetClaim("iat"));
    assertRefused(Cause.TIME, claims -> claims.setClaim("iat", Long.MAX_VALUE));
    assertRefused(Cause.TIME, claims -> claims.setClaim("exp", -1L));
    assertRefused(Cause.MALFORMED, claims -> claims.setClaim("iat", "now"));
  }

  @Test
  void read_noEventOfLogout_refused() {
    assertRefused(Cause.EVENT, claims -> claims.unsetClaim("events"));
    assertRefused(Cause.EVENT, claims -> claims.setClaim("events", Map.of()));
    assertRefused(Cause.EVENT, claims -> claims.setClaim("events", LogoutTokens.EVENT));
    assertRefused(Cause.EVENT, claims -> claims.setClaim("events", List.of(LogoutTokens.EVENT)));
    assertRefused(
        Cause.EVENT, claims -> claims.setClaim("events", Map.of(LogoutTokens.EVENT, "yes")));
    assertRefused(
        Cause.EVENT,
        claims -> claims.setClaim("events", Map.of(LogoutTokens.EVENT + "s", Map.of())));
  }

  @Test
  void read_nonce_refusedAsItMayBeAnIdToken() {
    assertRefused(Cause.NONCE, claims -> claims.setClaim("nonce", "n"));
    assertRefused(Cause.NONCE, claims -> claims.setClaim("nonce", ""));
  }

  @Test
  void read_nobodyNamed_refused() {
    assertRefused(
        Cause.NOBODY,
        claims -> {
          claims.unsetClaim("sub");
          claims.unsetClaim("sid");
        });
    assertRefused(Cause.MALFORMED, claims -> claims.setSubject(""));
    assertRefused(Cause.MALFORMED, claims -> claims.setClaim("sid", 7));
    assertRefused(Cause.MALFORMED, claims -> claims.setClaim("sid", "x".repeat(256)));
    assertRefused(Cause.MALFORMED, claims -> claims.setClaim("sid", "a\0b"));
  }

  @Test
  void read_noIdOfItsOwn_refused() {
    assertRefused(Cause.ID, claims -> claims.unsetClaim("jti"));
  }

  @Test
  void read_anotherKindOfToken_refused() {
    for (String type : List.of("Bearer", "ID", "Refresh", "logout")) {
      assertRefused(Cause.TYPE, claims -> claims.setClaim("typ", type));
    }
    for (String type : List.of("at+jwt", "dpop+jwt", "secevent+jwt", "")) {
      assertRefused(Cause.TYPE, headed(signature -> signature.setHeader("typ", type)));
    }
  }

  @Test
  void read_keyBroughtAlong_refusedAndNeverFollowed() {
    for (String header : List.of("jku", "x5u", "jwk", "x5c")) {
      assertRefused(
          Cause.TYPE,
          headed(signature -> signature.setHeader(header, "http://127.0.0.1:9/" + header)));
    }
  }

  @Test
  void read_unknownKeyOrNone_refused() {
    assertRefused(Cause.KEY, STRANGER.sign(claims()));
    assertRefused(
        Cause.KEY, headed(signature -> signature.getHeaders().setObjectHeaderValue("kid", null)));
    for (String id : List.of("", "../../etc/passwd", "' or 1=1 --", "key-\0")) {
      assertRefused(Cause.KEY, headed(signature -> signature.setKeyIdHeaderValue(id)));
    }
  }

  @Test
  void read_keyIdOfTheIssuerOnAnotherSignature_refused() {
    JsonWebSignature forged = STRANGER.signature(claims());
    forged.setKeyIdHeaderValue(SIGNER.key().getKeyId());
    assertRefused(Cause.SIGNATURE, TestTokens.serialize(forged));
  }

  @Test
  void read_algorithmNoneOrSecret_refused() {
    JsonWebSignature none = SIGNER.signature(claims());
    none.setAlgorithmConstraints(AlgorithmConstraints.NO_CONSTRAINTS);
    none.setAlgorithmHeaderValue(AlgorithmIdentifiers.NONE);
    none.setKey(null);
    assertRefused(Cause.ALGORITHM, TestTokens.serialize(none));
    JsonWebSignature secret = SIGNER.signature(claims());
    secret.setAlgorithmHeaderValue(AlgorithmIdentifiers.HMAC_SHA256);
    secret.setKey(new HmacKey(SIGNER.key().getPublicKey().getEncoded()));
    assertRefused(Cause.ALGORITHM, TestTokens.serialize(secret));
    // Good cryptography which this gateway was not told to accept.
    assertRefused(Cause.ALGORITHM, headed(signature -> signature.setAlgorithmHeaderValue("RS512")));
  }

  @Test
  void read_claimGivenTwice_refused() {
    String json = claims().toJson();
    String twice = json.substring(0, json.length() - 1) + ",\"aud\":\"orders\"}";
    JsonWebSignature signature = SIGNER.signature(claims());
    signature.setPayload(twice);
    assertRefused(Cause.MALFORMED, TestTokens.serialize(signature));
  }

  @Test
  void read_garbage_isMalformed() {
    String good = signed(claims -> {});
    for (String garbage :
        List.of("", ".", "..", "a.b", "a.b.c", good + ".", "." + good, good + ".x.y", "\0")) {
      LogoutTokenException refused =
          assertThrows(LogoutTokenException.class, () -> tokens.read(garbage, CLIENTS));
      assertEquals(Cause.MALFORMED, refused.reason(), garbage);
    }
    assertRefused(Cause.MALFORMED, "a".repeat(TokenShape.TOKEN_CHARS_MAX + 1));
  }

  @Test
  void read_anyOneBitChanged_neverAccepted() {
    long seed = new Random().nextLong();
    Random random = new Random(seed);
    String good = signed(claims -> {});
    String[] parts = good.split("\\.", -1);
    EnumSet<Cause> causes = EnumSet.noneOf(Cause.class);
    for (int round = 0; round < 2_000; round++) {
      int part = random.nextInt(3);
      byte[] bytes = Base64.getUrlDecoder().decode(parts[part]);
      bytes[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
      String[] changed = Arrays.copyOf(parts, 3);
      changed[part] = Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
      String token = String.join(".", changed);
      LogoutTokenException refused =
          assertThrows(
              LogoutTokenException.class, () -> tokens.read(token, CLIENTS), "seed " + seed);
      causes.add(refused.reason());
    }
    assertEquals(true, causes.contains(Cause.SIGNATURE), "seed " + seed + ": " + causes);
  }

  @Test
  void read_randomText_neverAcceptedNorThrowingAnythingElse() {
    long seed = new Random().nextLong();
    Random random = new Random(seed);
    for (int round = 0; round < 5_000; round++) {
      byte[] bytes = new byte[random.nextInt(80)];
      random.nextBytes(bytes);
      String text =
          random.nextBoolean()
              ? new String(bytes, StandardCharsets.ISO_8859_1)
              : Base64.getUrlEncoder().encodeToString(bytes) + "." + random.nextInt() + ".x";
      assertThrows(LogoutTokenException.class, () -> tokens.read(text, CLIENTS), "seed " + seed);
    }
  }
}
