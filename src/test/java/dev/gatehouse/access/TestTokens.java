package dev.gatehouse.access;

import java.util.List;
import java.util.Map;
import org.jose4j.jwk.JsonWebKey.OutputControlLevel;
import org.jose4j.jwk.RsaJsonWebKey;
import org.jose4j.jwk.RsaJwkGenerator;
import org.jose4j.jws.JsonWebSignature;
import org.jose4j.jwt.JwtClaims;
import org.jose4j.jwt.NumericDate;
import org.jose4j.lang.JoseException;

/** Signs tokens with a key that the {@link TestIssuer} publishes. */
final class TestTokens {

  static final String AUDIENCE = "gatehouse";

  private final RsaJsonWebKey key;

  TestTokens(RsaJsonWebKey key) {
    this.key = key;
  }

  static TestTokens generate() {
    try {
      RsaJsonWebKey key = RsaJwkGenerator.generateJwk(2048);
      key.setKeyId("key-" + key.calculateBase64urlEncodedThumbprint("SHA-256").substring(0, 8));
      key.setUse("sig");
      key.setAlgorithm("RS256");
      return new TestTokens(key);
    } catch (JoseException e) {
      throw new IllegalStateException(e);
    }
  }

  static TestTokens ofPrivateKey(String jwk) {
    try {
      return new TestTokens((RsaJsonWebKey) RsaJsonWebKey.Factory.newPublicJwk(jwk));
    } catch (JoseException e) {
      throw new IllegalStateException(e);
    }
  }

  RsaJsonWebKey key() {
    return key;
  }

  String privateKey() {
    return key.toJson(OutputControlLevel.INCLUDE_PRIVATE);
  }

  String publicKey() {
    return key.toJson(OutputControlLevel.PUBLIC_ONLY);
  }

  String keySet() {
    return "{\"keys\":[" + publicKey() + "]}";
  }

  /** The claims of a good token of {@code subject}, for tests to spoil. */
  static JwtClaims claims(String issuer, String subject, String... roles) {
    JwtClaims claims = new JwtClaims();
    claims.setIssuer(issuer);
    claims.setAudience(AUDIENCE);
    claims.setSubject(subject);
    claims.setIssuedAtToNow();
    claims.setExpirationTimeMinutesInTheFuture(5);
    claims.setGeneratedJwtId();
    claims.setClaim("typ", "Bearer");
    claims.setClaim("realm_access", Map.of("roles", List.of(roles)));
    return claims;
  }

  static NumericDate secondsFromNow(long seconds) {
    NumericDate date = NumericDate.now();
    date.addSeconds(seconds);
    return date;
  }

  JsonWebSignature signature(JwtClaims claims) {
    JsonWebSignature signature = new JsonWebSignature();
    signature.setPayload(claims.toJson());
    signature.setKey(key.getPrivateKey());
    signature.setKeyIdHeaderValue(key.getKeyId());
    signature.setAlgorithmHeaderValue("RS256");
    signature.setHeader("typ", "JWT");
    return signature;
  }

  String sign(JwtClaims claims) {
    return serialize(signature(claims));
  }

  static String serialize(JsonWebSignature signature) {
    try {
      return signature.getCompactSerialization();
    } catch (JoseException e) {
      throw new IllegalStateException(e);
    }
  }
}
