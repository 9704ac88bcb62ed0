package dev.gatehouse.edge;

import static dev.gatehouse.testing.Infer.addSub;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.protobuf.FieldMask;
import dev.gatehouse.core.Reason;
import dev.gatehouse.stubs.admin.v1.Caller;
import dev.gatehouse.stubs.admin.v1.UpdateCallerRequest;
import dev.gatehouse.testing.OidcLogin;
import dev.gatehouse.testing.RawCalls;
import dev.gatehouse.testing.Realm;
import dev.gatehouse.testing.Refused;
import dev.gatehouse.testing.SharedGateway;
import io.grpc.Metadata;
import io.grpc.Status;
import java.math.BigInteger;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.security.KeyFactory;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.spec.RSAPublicKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * Credentials on the wire, against the packaged gateway and a real Keycloak. Expired tokens are not
 * here, since waiting for one takes minutes: {@code access.TokenAttacksIT} signs its own.
 */
final class CredentialsIT {

  private static final String INFER = "inference.GRPCInferenceService/ModelInfer";
  private static final ObjectMapper JSON = new ObjectMapper();

  /**
   * What begins like a credential. The part of a token is not looked for inside longer words: every
   * key that signs checkpoints is in the log in base64, and one in some thousand has these letters.
   */
  private static final Pattern CREDENTIAL =
      Pattern.compile("Bearer|(?<![A-Za-z0-9+/_-])eyJ[A-Za-z0-9_-]{8}|demo-only-");

  private static SharedGateway gateway;

  /** What was presented and must be found nowhere afterwards. */
  private static final List<String> PRESENTED = new ArrayList<>();

  @BeforeAll
  static void start() {
    gateway = SharedGateway.get();
  }

  private static RawCalls.End present(String... values) {
    PRESENTED.addAll(List.of(values));
    RawCalls.End end =
        RawCalls.call(
            gateway.client().channel(),
            INFER,
            RawCalls.headers(values),
            addSub(1, 2).build().toByteArray());
    for (String key : end.trailers().keys()) {
      String all =
          key.endsWith(Metadata.BINARY_HEADER_SUFFIX)
              ? new String(
                  end.trailers().get(Metadata.Key.of(key, Metadata.BINARY_BYTE_MARSHALLER)),
                  StandardCharsets.ISO_8859_1)
              : end.trailers().get(Metadata.Key.of(key, Metadata.ASCII_STRING_MARSHALLER));
      for (String value : values) {
        assertFalse(value.length() > 8 && all.contains(value), key + " gives it back");
      }
      assertFalse("authorization".equals(key));
    }
    return end;
  }

  private static void invalid(String... values) {
    RawCalls.End end = present(values);
    Refused.is(Status.Code.UNAUTHENTICATED, Reason.CREDENTIAL_INVALID, end.failure());
    assertEquals(
        "the credential is missing or not accepted", end.status().getDescription(), "one answer");
    assertEquals(0, end.messages());
  }

  private static void denied(OidcLogin.Tokens tokens) {
    RawCalls.End end = present("Bearer " + tokens.accessToken());
    Refused.is(Status.Code.PERMISSION_DENIED, Reason.ACCESS_DENIED, end.failure());
  }

  private static String good() {
    return gateway.tokens(Realm.ORDERS).accessToken();
  }

  @Test
  void credential_good_isAcceptedWhateverTheCaseOfItsScheme() {
    for (String scheme : List.of("Bearer ", "bearer ", "BEARER ")) {
      assertEquals(Status.Code.OK, present(scheme + good()).status().getCode(), scheme);
    }
  }

  @Test
  void credential_missingOrGarbage_isInvalid() {
    invalid();
    for (String value :
        List.of(
            "",
            " ",
            "Bearer",
            "Bearer ",
            "Bearer x",
            "Bearer a.b.c",
            "Bearer ..",
            "Bearer " + "a".repeat(7_000),
            "Basic "
                + Base64.getEncoder()
                    .encodeToString("orders-service:demo".getBytes(StandardCharsets.UTF_8)),
            good(),
            "Token " + good(),
            "Bearer " + good() + " ",
            "Bearer " + good() + ", Bearer " + good(),
            "Bearer " + good() + ".x",
            "Bearer " + good().substring(0, good().length() - 4),
            "Bearer " + good().replaceFirst("\\.", "=."))) {
      invalid(value);
    }
  }

  @Test
  void credential_twice_isInvalidEvenIfBothAreGood() {
    invalid("Bearer " + good(), "Bearer " + good());
    invalid("Bearer " + good(), "Bearer x");
    invalid("Bearer x", "Bearer " + good());
    invalid("", "Bearer " + good());
  }

  @Test
  void token_changedOrSignedByAnother_isInvalid() throws Exception {
    String[] parts = good().split("\\.", -1);
    JsonNode header = JSON.readTree(Base64.getUrlDecoder().decode(parts[0]));
    String kid = header.path("kid").textValue();
    for (String alg : List.of("none", "None", "NONE", "")) {
      String none = encode("{\"alg\":\"" + alg + "\",\"typ\":\"JWT\",\"kid\":\"" + kid + "\"}");
      invalid("Bearer " + none + "." + parts[1] + ".");
      invalid("Bearer " + none + "." + parts[1] + "." + parts[2]);
      invalid("Bearer " + none + "." + parts[1]);
    }
    String claims = new String(Base64.getUrlDecoder().decode(parts[1]), StandardCharsets.UTF_8);
    invalid(
        "Bearer "
            + parts[0]
            + "."
            + encode(claims.replace("\"caller\"", "\"administrator\""))
            + "."
            + parts[2]);
    String hs = encode("{\"alg\":\"HS256\",\"typ\":\"JWT\",\"kid\":\"" + kid + "\"}");
    for (byte[] secret : publicKeyForms(kid)) {
      String signed = hs + "." + parts[1];
      invalid("Bearer " + signed + "." + hmac(secret, signed));
    }
    KeyPairGenerator keys = KeyPairGenerator.getInstance("RSA");
    keys.initialize(2048);
    PrivateKey other = keys.generateKeyPair().getPrivate();
    invalid("Bearer " + sign(other, parts[0] + "." + parts[1]));
    String unknownKid = encode("{\"alg\":\"RS256\",\"typ\":\"JWT\",\"kid\":\"nobody\"}");
    invalid("Bearer " + sign(other, unknownKid + "." + parts[1]));
    assertEquals(Status.Code.OK, present("Bearer " + good()).status().getCode());
  }

  /** The issuer's public key in every form that a careless verifier may take for a secret. */
  private static List<byte[]> publicKeyForms(String kid) throws Exception {
    JsonNode keys =
        get(URI.create(gateway.keycloak().issuer() + "/protocol/openid-connect/certs"))
            .path("keys");
    for (JsonNode key : keys) {
      if (kid.equals(key.path("kid").textValue())) {
        byte[] n = Base64.getUrlDecoder().decode(key.path("n").textValue());
        PublicKey rsa =
            KeyFactory.getInstance("RSA")
                .generatePublic(
                    new RSAPublicKeySpec(
                        new BigInteger(1, n),
                        new BigInteger(
                            1, Base64.getUrlDecoder().decode(key.path("e").textValue()))));
        String base64 = Base64.getEncoder().encodeToString(rsa.getEncoded());
        String pem =
            "-----BEGIN PUBLIC KEY-----\n"
                + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(rsa.getEncoded())
                + "\n-----END PUBLIC KEY-----";
        return List.of(
            n,
            rsa.getEncoded(),
            bytes(base64),
            bytes(pem),
            bytes(pem + "\n"),
            bytes(key.path("n").textValue()),
            bytes(key.toString()));
      }
    }
    throw new AssertionError("no such key: " + kid);
  }

  @Test
  void token_ofAnotherIssuerOrForAnotherAudience_isInvalid() {
    URI other = gateway.keycloak().issuer("other");
    try {
      gateway.keycloak().importOtherRealm();
    } catch (IllegalStateException e) {
      // Another test of this virtual machine has imported it.
      assertTrue(e.toString().contains("409"), e.toString());
    }
    invalid("Bearer " + new OidcLogin(other).service(Realm.ORDERS).accessToken());
    gateway.keycloak().importNoAudience();
    OidcLogin.Tokens noAudience = gateway.keycloak().login().service(Realm.NO_AUDIENCE);
    invalid("Bearer " + noAudience.accessToken());
  }

  @Test
  void token_forAnotherUse_isInvalid() throws Exception {
    OidcLogin.Tokens paul = gateway.keycloak().login().personByPassword(Realm.PAUL);
    String refresh = paul.refreshToken().orElseThrow();
    String form =
        "grant_type=refresh_token&client_id="
            + Realm.CLI
            + "&refresh_token="
            + URLEncoder.encode(refresh, StandardCharsets.UTF_8);
    HttpResponse<String> response =
        HttpClient.newHttpClient()
            .send(
                HttpRequest.newBuilder(
                        URI.create(gateway.keycloak().issuer() + "/protocol/openid-connect/token"))
                    .header("Content-Type", "application/x-www-form-urlencoded")
                    .POST(HttpRequest.BodyPublishers.ofString(form))
                    .build(),
                HttpResponse.BodyHandlers.ofString());
    JsonNode tokens = JSON.readTree(response.body());
    invalid("Bearer " + refresh);
    invalid("Bearer " + tokens.required("refresh_token").textValue());
    invalid("Bearer " + tokens.required("id_token").textValue());
  }

  @Test
  void caller_unregisteredOrWithoutTheRole_isDenied() {
    denied(gateway.tokens(SharedGateway.UNREGISTERED));
    denied(gateway.tokens(SharedGateway.ROLELESS));
    assertEquals(
        Status.Code.PERMISSION_DENIED,
        RawCalls.call(
                gateway.client().channel(),
                "gatehouse.admin.v1.ModelRegistryService/ListModels",
                RawCalls.headers(gateway.tokens(SharedGateway.DEMOTED)),
                new byte[0])
            .status()
            .getCode(),
        "a token that names a role which the registration does not");
  }

  @Test
  void caller_suspended_isInvalidAtOnceAndActiveAgainAtOnce() {
    String token = "Bearer " + gateway.tokens(SharedGateway.SUSPECT).accessToken();
    Refused.is(Status.Code.PERMISSION_DENIED, Reason.ACCESS_DENIED, present(token).failure());
    standing(Caller.Standing.STANDING_SUSPENDED);
    invalid(token);
    standing(Caller.Standing.STANDING_ACTIVE);
    Refused.is(Status.Code.PERMISSION_DENIED, Reason.ACCESS_DENIED, present(token).failure());
  }

  private static void standing(Caller.Standing standing) {
    Caller changed =
        gateway
            .client()
            .callers(gateway.administrator())
            .updateCaller(
                UpdateCallerRequest.newBuilder()
                    .setCaller(Caller.newBuilder().setName("callers/suspect").setStanding(standing))
                    .setUpdateMask(FieldMask.newBuilder().addPaths("standing"))
                    .build());
    assertEquals(standing, changed.getStanding());
  }

  /** Last of all tests of this class would be best; whatever came before is searched for. */
  @Test
  void tokens_standInNoLogAndNoRecord() {
    assertEquals(Status.Code.OK, present("Bearer " + good()).status().getCode());
    invalid("Bearer " + good() + "x");
    gateway.allTokens().forEach(tokens -> PRESENTED.add(tokens.accessToken()));
    String log = gateway.log();
    String audit = gateway.audit();
    assertTrue(log.contains("gRPC on"), log);
    for (String presented : PRESENTED) {
      for (String part : presented.split("[ .]", -1)) {
        if (part.length() > 20) {
          assertFalse(log.contains(part), "the log has a part of a credential");
          assertFalse(audit.contains(part), "the record has a part of a credential");
        }
      }
    }
    assertTrue(CREDENTIAL.matcher("sub: " + good()).find(), "a token is found by its shape");
    assertEquals("", around(CREDENTIAL, log), "in the log");
    assertEquals("", around(CREDENTIAL, audit), "in the record");
  }

  /** The first match and what it stands in, so that whoever reads the failure knows the line. */
  private static String around(Pattern pattern, String text) {
    Matcher found = pattern.matcher(text);
    return found.find()
        ? text.substring(
            Math.max(0, found.start() - 100), Math.min(text.length(), found.end() + 20))
        : "";
  }

  private static JsonNode get(URI uri) throws Exception {
    return JSON.readTree(
        HttpClient.newHttpClient()
            .send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofString())
            .body());
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static String encode(String json) {
    return encode(bytes(json));
  }

  private static String encode(byte[] bytes) {
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
  }

  private static String hmac(byte[] secret, String signed) throws Exception {
    Mac mac = Mac.getInstance("HmacSHA256");
    mac.init(new SecretKeySpec(secret, "HmacSHA256"));
    return encode(mac.doFinal(bytes(signed)));
  }

  private static String sign(PrivateKey key, String signed) throws Exception {
    Signature rsa = Signature.getInstance("SHA256withRSA");
    rsa.initSign(key);
    rsa.update(bytes(signed));
    return signed + "." + encode(rsa.sign());
  }
}
