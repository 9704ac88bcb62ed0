package dev.gatehouse.access;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatehouse.core.AuthenticationFailure;
import dev.gatehouse.core.CallerId;
import dev.gatehouse.core.CallerKind;
import dev.gatehouse.core.Reason;
import dev.gatehouse.core.Role;
import dev.gatehouse.core.TeamName;
import io.quarkus.narayana.jta.QuarkusTransaction;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import jakarta.inject.Inject;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.jose4j.jwa.AlgorithmConstraints;
import org.jose4j.jwk.EcJwkGenerator;
import org.jose4j.jwk.EllipticCurveJsonWebKey;
import org.jose4j.jws.JsonWebSignature;
import org.jose4j.jwt.JwtClaims;
import org.jose4j.keys.EllipticCurves;
import org.jose4j.keys.HmacKey;
import org.jose4j.lang.JoseException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Forged, spoilt and misused tokens against the real verification. */
@QuarkusTest
@TestProfile(TokenAttacksIT.Profile.class)
class TokenAttacksIT {

  /** Keeps this application apart from those of other tests. */
  public static final class Profile extends AccessProfile {}

  private static final CallerId ALICE = new CallerId("alice");

  @Inject Authenticator authenticator;
  @Inject AccessControl control;
  @Inject Callers callers;
  @Inject TokenVerifier verifier;

  @Inject
  @ConfigProperty(name = "gatehouse.oidc.issuer")
  String issuer;

  @Inject
  @ConfigProperty(name = AccessTestResource.KEY_PROPERTY)
  String privateKey;

  private TestTokens tokens;

  @BeforeEach
  void register() {
    tokens = TestTokens.ofPrivateKey(privateKey);
    control.start();
    QuarkusTransaction.requiringNew()
        .run(
            () ->
                callers.create(
                    new NewCaller(
                        ALICE,
                        "Alice",
                        new TeamName("red"),
                        CallerKind.SERVICE,
                        issuer,
                        "alice-subject",
                        "",
                        Set.of(Role.CALLER, Role.PUBLISHER),
                        false,
                        false),
                    new CallerId("administrator-1"),
                    Optional.of("register-alice")));
    control.refresh();
  }

  private JwtClaims claims() {
    return TestTokens.claims(issuer, "alice-subject", "caller", "offline_access", "administrator");
  }

  private Authentication authenticate(String token) {
    return authenticator
        .authenticate("Bearer " + token, AccessFixture.HERE)
        .toCompletableFuture()
        .join();
  }

  private void assertRefused(AuthenticationFailure cause, String token) {
    Authentication.Refused refused =
        assertInstanceOf(Authentication.Refused.class, authenticate(token));
    assertEquals(cause, refused.cause());
    assertEquals(Reason.CREDENTIAL_INVALID, refused.refusal().reason());
    assertNull(
        authenticator.known("Bearer " + token, AccessFixture.HERE), "a refusal is not remembered");
  }

  private static String encode(String json) {
    return Base64.getUrlEncoder()
        .withoutPadding()
        .encodeToString(json.getBytes(StandardCharsets.UTF_8));
  }

  private int asked(String path) {
    return Integer.parseInt(get("/count?" + path));
  }

  private String get(String pathAndQuery) {
    return send(HttpRequest.newBuilder(URI.create(issuer).resolve(pathAndQuery)).build());
  }

  private static String send(HttpRequest request) {
    try (HttpClient client = HttpClient.newHttpClient()) {
      return client.send(request, HttpResponse.BodyHandlers.ofString()).body();
    } catch (IOException e) {
      throw new AssertionError(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(e);
    }
  }

  @Test
  void authenticate_goodToken_acceptedWithRolesThatBothName() {
    String token = tokens.sign(claims());
    assertNull(authenticator.known("Bearer " + token, AccessFixture.HERE));
    var accepted = assertInstanceOf(Authentication.Accepted.class, authenticate(token));
    assertEquals(ALICE, accepted.caller().id());
    assertEquals(new TeamName("red"), accepted.caller().team());
    assertEquals(Set.of(Role.CALLER), accepted.caller().roles());
    assertEquals(16, accepted.caller().credentialFingerprint().length());
    assertEquals(
        accepted,
        authenticator.known("bearer " + token, AccessFixture.HERE),
        "remembered, in any case");
  }

  @Test
  void authenticate_goodToken_asksTheIssuerNothing() {
    int before = asked(TestIssuer.REALM + "/certs");
    assertInstanceOf(Authentication.Accepted.class, authenticate(tokens.sign(claims())));
    assertEquals(before, asked(TestIssuer.REALM + "/certs"));
    assertEquals(0, asked(TestIssuer.REALM + "/introspect"));
    assertEquals(0, asked(TestIssuer.REALM + "/userinfo"));
  }

  @Test
  void authenticate_accessTokenTypeHeader_accepted() {
    JsonWebSignature signature = tokens.signature(claims());
    signature.setHeader("typ", "at+jwt");
    assertInstanceOf(Authentication.Accepted.class, authenticate(TestTokens.serialize(signature)));
  }

  @Test
  void authenticate_algorithmNone_refused() {
    String payload = encode(claims().toJson());
    for (String none : List.of("none", "None", "NONE", "nOnE", "")) {
      String header = encode("{\"alg\":\"" + none + "\",\"typ\":\"JWT\"}");
      assertRefused(AuthenticationFailure.ALGORITHM, header + "." + payload + ".AAAA");
      // Without the third part it is not even looked at.
      Authentication known =
          authenticator.known("Bearer " + header + "." + payload + ".", AccessFixture.HERE);
      assertEquals(
          AuthenticationFailure.MALFORMED,
          assertInstanceOf(Authentication.Refused.class, known).cause());
    }
  }

  @Test
  void authenticate_hmacWithThePublicKey_refused() {
    for (byte[] secret :
        List.of(
            tokens.key().getPublicKey().getEncoded(),
            tokens.publicKey().getBytes(StandardCharsets.UTF_8))) {
      JsonWebSignature signature = tokens.signature(claims());
      signature.setAlgorithmHeaderValue("HS256");
      signature.setAlgorithmConstraints(AlgorithmConstraints.NO_CONSTRAINTS);
      signature.setKey(new HmacKey(secret));
      assertRefused(AuthenticationFailure.ALGORITHM, TestTokens.serialize(signature));
    }
  }

  @Test
  void verifier_hmacAndNone_refusedWithoutTheFirstCheckToo() {
    JsonWebSignature signature = tokens.signature(claims());
    signature.setAlgorithmHeaderValue("HS256");
    signature.setKey(new HmacKey(tokens.key().getPublicKey().getEncoded()));
    String none = encode("{\"alg\":\"none\"}") + "." + encode(claims().toJson()) + ".";
    for (String token : List.of(TestTokens.serialize(signature), none)) {
      assertInstanceOf(Verification.Bad.class, verifier.verify(token).toCompletableFuture().join());
    }
  }

  @Test
  void authenticate_wrongIssuer_refused() {
    JwtClaims claims = claims();
    claims.setIssuer(issuer + "/");
    assertRefused(AuthenticationFailure.ISSUER, tokens.sign(claims));
    claims.unsetClaim("iss");
    assertRefused(AuthenticationFailure.ISSUER, tokens.sign(claims));
  }

  @Test
  void authenticate_wrongAudience_refused() {
    JwtClaims claims = claims();
    claims.setAudience("another-service");
    assertRefused(AuthenticationFailure.AUDIENCE, tokens.sign(claims));
    claims.unsetClaim("aud");
    assertRefused(AuthenticationFailure.AUDIENCE, tokens.sign(claims));
  }

  @Test
  void authenticate_expired_refusedBeyondTheSkewOnly() {
    JwtClaims claims = claims();
    claims.setIssuedAt(TestTokens.secondsFromNow(-600));
    claims.setExpirationTime(TestTokens.secondsFromNow(-70));
    assertRefused(AuthenticationFailure.EXPIRED, tokens.sign(claims));
    claims.setExpirationTime(TestTokens.secondsFromNow(-20));
    assertInstanceOf(Authentication.Accepted.class, authenticate(tokens.sign(claims)));
  }

  @Test
  void authenticate_notYetValid_refusedBeyondTheSkewOnly() {
    JwtClaims claims = claims();
    claims.setNotBefore(TestTokens.secondsFromNow(100));
    assertRefused(AuthenticationFailure.NOT_YET_VALID, tokens.sign(claims));
    claims.setNotBefore(TestTokens.secondsFromNow(20));
    assertInstanceOf(Authentication.Accepted.class, authenticate(tokens.sign(claims)));
  }

  @Test
  void authenticate_issuedInTheFuture_refused() {
    JwtClaims claims = claims();
    claims.setIssuedAt(TestTokens.secondsFromNow(100));
    assertRefused(AuthenticationFailure.NOT_YET_VALID, tokens.sign(claims));
  }

  @Test
  void authenticate_claimsMissing_refused() {
    for (String claim : List.of("exp", "sub", "iat")) {
      JwtClaims claims = claims();
      claims.unsetClaim(claim);
      assertRefused(AuthenticationFailure.CLAIMS, tokens.sign(claims));
    }
  }

  @Test
  void authenticate_idOrRefreshToken_refused() {
    for (String type : List.of("ID", "Refresh", "Offline", "Logout", "DPoP", "")) {
      JwtClaims claims = claims();
      claims.setClaim("typ", type);
      assertRefused(AuthenticationFailure.TOKEN_TYPE, tokens.sign(claims));
    }
    for (String foreign : List.of("at_hash", "c_hash", "events", "cnf")) {
      JwtClaims claims = claims();
      claims.setClaim(foreign, Map.of("x", "y"));
      assertRefused(AuthenticationFailure.TOKEN_TYPE, tokens.sign(claims));
    }
    JsonWebSignature logout = tokens.signature(claims());
    logout.setHeader("typ", "logout+jwt");
    assertRefused(AuthenticationFailure.TOKEN_TYPE, TestTokens.serialize(logout));
  }

  @Test
  void authenticate_boundToAnythingButACertificate_refused() {
    String thumbprint = "t".repeat(43);
    for (Object confirmation :
        List.of(
            "x",
            List.of(),
            Map.of(),
            Map.of("jkt", thumbprint),
            Map.of("jwk", Map.of("kty", "RSA")),
            Map.of("x5t#S256", thumbprint, "jkt", thumbprint),
            Map.of("x5t#S256", 1),
            Map.of("x5t#S256", List.of(thumbprint)),
            Map.of("x5t#S256", ""),
            Map.of("x5t#S256", thumbprint + "="),
            Map.of("x5t#S256", thumbprint.substring(1)),
            Map.of("x5t", thumbprint))) {
      JwtClaims claims = claims();
      claims.setClaim("cnf", confirmation);
      assertRefused(AuthenticationFailure.TOKEN_TYPE, tokens.sign(claims));
      // Without the first check too.
      Verification verified = verifier.verify(tokens.sign(claims)).toCompletableFuture().join();
      assertEquals(new Verification.Bad(AuthenticationFailure.TOKEN_TYPE), verified);
    }
  }

  @Test
  void authenticate_boundToACertificate_isOfThatConnection() {
    String thumbprint = "t".repeat(43);
    JwtClaims claims = claims();
    claims.setClaim("cnf", Map.of("x5t#S256", thumbprint));
    String token = tokens.sign(claims);
    var showing = new CallerConnection(java.net.InetAddress.getLoopbackAddress(), thumbprint);
    assertRefused(AuthenticationFailure.CERTIFICATE, token, AccessFixture.HERE);
    assertInstanceOf(
        Authentication.Accepted.class,
        authenticator.authenticate("Bearer " + token, showing).toCompletableFuture().join());
    assertRefused(AuthenticationFailure.CERTIFICATE, token, AccessFixture.HERE);
  }

  private void assertRefused(
      AuthenticationFailure cause, String token, CallerConnection connection) {
    Authentication outcome =
        authenticator.authenticate("Bearer " + token, connection).toCompletableFuture().join();
    assertEquals(cause, assertInstanceOf(Authentication.Refused.class, outcome).cause());
  }

  @Test
  void verify_loginClaims_areReadAndOthersCountAsMissing() {
    JwtClaims claims = claims();
    claims.setStringClaim("acr", "aal2");
    claims.setClaim("auth_time", 1_700_000_000L);
    claims.setStringClaim("sid", "session");
    claims.setStringClaim("azp", "client");
    assertEquals(
        new Verification.Login(
            "aal2", java.time.Instant.ofEpochSecond(1_700_000_000L), "session", "client", null),
        login(claims));
    for (Object time : List.of("soon", -1, 0, Long.MAX_VALUE, Map.of(), true)) {
      claims.setClaim("auth_time", time);
      assertEquals(java.time.Instant.MIN, login(claims).authTime(), time.toString());
    }
    claims.unsetClaim("auth_time");
    for (Object text : List.of(2, List.of("aal2"), Map.of(), true)) {
      claims.setClaim("acr", text);
      claims.setClaim("sid", text);
      claims.setClaim("azp", text);
      assertEquals(Verification.Login.NONE, login(claims), text.toString());
    }
  }

  private Verification.Login login(JwtClaims claims) {
    Verification verified = verifier.verify(tokens.sign(claims)).toCompletableFuture().join();
    return assertInstanceOf(Verification.Good.class, verified).login();
  }

  @Test
  void authenticate_repeatedClaim_refused() {
    String json = claims().toJson();
    String twice = json.substring(0, json.length() - 1) + ",\"typ\":\"Bearer\"}";
    JsonWebSignature signature = tokens.signature(claims());
    signature.setPayload(twice);
    assertRefused(AuthenticationFailure.MALFORMED, TestTokens.serialize(signature));
  }

  @Test
  void authenticate_tamperedPayloadOrSignature_refused() {
    String[] parts = tokens.sign(claims()).split("\\.");
    JwtClaims other = claims();
    other.setSubject("root-subject");
    assertRefused(
        AuthenticationFailure.SIGNATURE, parts[0] + "." + encode(other.toJson()) + "." + parts[2]);
    char first = parts[2].charAt(0) == 'A' ? 'B' : 'A';
    assertRefused(
        AuthenticationFailure.SIGNATURE,
        parts[0] + "." + parts[1] + "." + first + parts[2].substring(1));
  }

  @Test
  void authenticate_signedByAStranger_refused() {
    TestTokens stranger = TestTokens.generate();
    JsonWebSignature signature = stranger.signature(claims());
    signature.setKeyIdHeaderValue(tokens.key().getKeyId());
    assertRefused(AuthenticationFailure.SIGNATURE, TestTokens.serialize(signature));
    JsonWebSignature nameless = stranger.signature(claims());
    nameless.getHeaders().setStringHeaderValue("kid", null);
    assertRefused(AuthenticationFailure.SIGNATURE, TestTokens.serialize(nameless));
  }

  @Test
  void authenticate_signedWithAKeyOfAnotherKind_refused() throws JoseException {
    EllipticCurveJsonWebKey key = EcJwkGenerator.generateJwk(EllipticCurves.P256);
    JsonWebSignature signature = tokens.signature(claims());
    signature.setAlgorithmHeaderValue("ES256");
    signature.setKey(key.getPrivateKey());
    assertRefused(AuthenticationFailure.MALFORMED, TestTokens.serialize(signature));
  }

  @Test
  void authenticate_tokenBringsItsKey_refusedAndNothingIsFetched() {
    TestTokens stranger = TestTokens.generate();
    String elsewhere = URI.create(issuer).resolve("/attacker/keys").toString();
    for (TestTokens signer : List.of(stranger, tokens)) {
      for (String header : List.of("jku", "x5u")) {
        JsonWebSignature signature = signer.signature(claims());
        signature.setHeader(header, elsewhere);
        assertRefused(AuthenticationFailure.MALFORMED, TestTokens.serialize(signature));
      }
      JsonWebSignature signature = signer.signature(claims());
      signature.setJwkHeader(stranger.key());
      assertRefused(AuthenticationFailure.MALFORMED, TestTokens.serialize(signature));
    }
    assertEquals(0, asked("/attacker/keys"));
  }

  @Test
  void authenticate_oversized_refusedUnread() {
    JwtClaims claims = claims();
    claims.setClaim("padding", "x".repeat(TokenShape.TOKEN_CHARS_MAX));
    Authentication known = authenticator.known("Bearer " + tokens.sign(claims), AccessFixture.HERE);
    assertEquals(
        AuthenticationFailure.MALFORMED,
        assertInstanceOf(Authentication.Refused.class, known).cause());
  }

  @Test
  void authenticate_manyUnknownKeyIds_keysFetchedAtMostOnceInTheInterval() {
    int before = asked(TestIssuer.REALM + "/certs");
    for (int i = 0; i < 200; i++) {
      JsonWebSignature signature = tokens.signature(claims());
      signature.setKeyIdHeaderValue("unknown-" + i);
      assertRefused(AuthenticationFailure.SIGNATURE, TestTokens.serialize(signature));
    }
    // One, unless these took longer than the interval of 10 s; nowhere near ten times as long.
    int fetched = asked(TestIssuer.REALM + "/certs") - before;
    assertTrue(fetched <= 10, fetched + " fetches for 200 tokens");
  }

  @Test
  void authenticate_unregistered_deniedRatherThanInvalid() {
    String token = tokens.sign(TestTokens.claims(issuer, "nobody", "administrator"));
    var refused = assertInstanceOf(Authentication.Refused.class, authenticate(token));
    assertEquals(AuthenticationFailure.UNREGISTERED, refused.cause());
    assertEquals(Reason.ACCESS_DENIED, refused.refusal().reason());
  }

  @Test
  void authenticate_bootstrapSubject_isAdministrator() {
    String token = tokens.sign(TestTokens.claims(issuer, "root-subject", "administrator"));
    var accepted = assertInstanceOf(Authentication.Accepted.class, authenticate(token));
    assertEquals(new CallerId("administrator-1"), accepted.caller().id());
    assertTrue(accepted.caller().administrator());
  }

  @Test
  void authenticate_suspended_refusedThoughRemembered() {
    String token = tokens.sign(claims());
    assertInstanceOf(Authentication.Accepted.class, authenticate(token));
    try {
      standing(Standing.SUSPENDED);
      Authentication known = assertNotNullKnown(token);
      assertEquals(
          AuthenticationFailure.SUSPENDED,
          assertInstanceOf(Authentication.Refused.class, known).cause());
    } finally {
      standing(Standing.ACTIVE);
    }
    assertInstanceOf(Authentication.Accepted.class, assertNotNullKnown(token));
  }

  private Authentication assertNotNullKnown(String token) {
    Authentication known = authenticator.known("Bearer " + token, AccessFixture.HERE);
    assertNotNull(known);
    return known;
  }

  private void standing(Standing standing) {
    QuarkusTransaction.requiringNew()
        .run(
            () ->
                callers.update(
                    ALICE, CallerUpdate.NOTHING.withStanding(standing), Optional.empty()));
    control.refresh();
  }
}
