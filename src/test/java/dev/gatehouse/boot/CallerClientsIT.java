package dev.gatehouse.boot;

import static dev.gatehouse.boot.ProvisioningGateway.SEEN_MAX;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.protobuf.FieldMask;
import dev.gatehouse.core.Reason;
import dev.gatehouse.core.SystemTime;
import dev.gatehouse.stubs.admin.v1.ActivateCallerRequest;
import dev.gatehouse.stubs.admin.v1.Caller;
import dev.gatehouse.stubs.admin.v1.CreateCallerRequest;
import dev.gatehouse.stubs.admin.v1.DeleteCallerRequest;
import dev.gatehouse.stubs.admin.v1.GetCallerRequest;
import dev.gatehouse.stubs.admin.v1.IdentityDrift.Kind;
import dev.gatehouse.stubs.admin.v1.ReleaseCallerRequest;
import dev.gatehouse.stubs.admin.v1.RestrictCallerRequest;
import dev.gatehouse.stubs.admin.v1.Restriction;
import dev.gatehouse.stubs.admin.v1.RotateCallerSecretRequest;
import dev.gatehouse.stubs.admin.v1.SuspendCallerRequest;
import dev.gatehouse.stubs.admin.v1.UpdateCallerRequest;
import dev.gatehouse.testing.Await;
import dev.gatehouse.testing.OidcLogin;
import dev.gatehouse.testing.Realm;
import dev.gatehouse.testing.Refused;
import io.grpc.Status;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The gateway administers a real Keycloak: clients of callers, drift, logouts and not-before. */
final class CallerClientsIT {

  private static ProvisioningGateway gateway;

  @BeforeAll
  static void start() {
    gateway = ProvisioningGateway.start(Map.of());
  }

  @AfterAll
  static void stop() {
    gateway.close();
  }

  private static void assertInvalid(OidcLogin.Tokens token) {
    Refused.with(Status.Code.UNAUTHENTICATED, Reason.CREDENTIAL_INVALID, () -> gateway.call(token));
  }

  private static void awaitRefused(OidcLogin.Tokens token, String why) {
    assertTrue(Await.until(SEEN_MAX, () -> !gateway.accepts(token)), why);
    assertInvalid(token);
  }

  /**
   * A token tells only the second of its issue, so that one of the same second is refused as well.
   */
  private static OidcLogin.Tokens loginFrom(Caller caller, long notBeforeSeconds) {
    assertTrue(
        Await.until(
            SEEN_MAX, () -> SystemTime.wall().instant().getEpochSecond() >= notBeforeSeconds));
    return gateway.login(caller);
  }

  private static List<String> roles(OidcLogin.Tokens token) {
    return StreamSupport.stream(
            token.claims().path("realm_access").path("roles").spliterator(), false)
        .map(JsonNode::asText)
        .toList();
  }

  private static SuspendCallerRequest suspend(String name) {
    return SuspendCallerRequest.newBuilder().setName(name).build();
  }

  @Test
  void quarantine_withItsClient_disablesItUntilReleased() {
    Caller made = gateway.provision("reporting", Caller.Role.ROLE_CALLER);
    OidcLogin.Tokens before = gateway.login(made);
    Restriction quarantine =
        gateway
            .abuse()
            .restrictCaller(
                RestrictCallerRequest.newBuilder()
                    .setCaller(made.getName())
                    .setLevel(Restriction.Level.LEVEL_QUARANTINED)
                    .setReason("as the test wants it")
                    .setDisableClient(true)
                    .build());
    assertTrue(quarantine.getClientDisabled());
    Refused.with(
        Status.Code.PERMISSION_DENIED, Reason.CALLER_QUARANTINED, () -> gateway.call(before));
    assertThrows(IllegalStateException.class, () -> gateway.login(made), "disabled");
    assertFalse(gateway.identityClients("reporting").path(0).path("enabled").asBoolean());
    Restriction released =
        gateway
            .abuse()
            .releaseCaller(
                ReleaseCallerRequest.newBuilder().setRestriction(quarantine.getName()).build());
    assertTrue(released.hasReleaseTime());
    gateway.call(gateway.login(made));
    assertEquals(
        List.of("callers.stopClient BEGUN", "callers.stopClient OK"),
        gateway.changes(made.getName()).stream()
            .filter(change -> change.startsWith("callers.stopClient"))
            .toList());
    assertEquals(
        List.of("callers.enableClient BEGUN", "callers.enableClient OK"),
        gateway.changes(made.getName()).stream()
            .filter(change -> change.startsWith("callers.enableClient"))
            .toList());
  }

  @Test
  void client_throughItsLife_followsItsCaller() {
    Caller made = gateway.provision("shipping", Caller.Role.ROLE_CALLER);
    assertEquals("shipping", made.getClientId());
    assertFalse(made.getSubject().isEmpty());
    assertEquals(Caller.Standing.STANDING_ACTIVE, made.getStanding());
    OidcLogin.Tokens token = gateway.login(made);
    assertEquals(made.getSubject(), token.claims().path("sub").asText());
    assertEquals(List.of("caller"), roles(token));
    gateway.call(token);
    Caller read =
        gateway.callers().getCaller(GetCallerRequest.newBuilder().setName(made.getName()).build());
    assertEquals(made.toBuilder().clearClientSecret().build(), read, "the secret is shown once");

    Caller promoted =
        gateway
            .callers()
            .updateCaller(
                UpdateCallerRequest.newBuilder()
                    .setCaller(
                        Caller.newBuilder()
                            .setName(made.getName())
                            .addRoles(Caller.Role.ROLE_PUBLISHER))
                    .setUpdateMask(FieldMask.newBuilder().addPaths("roles"))
                    .build());
    assertEquals(List.of(Caller.Role.ROLE_PUBLISHER), promoted.getRolesList());
    assertEquals(List.of("publisher"), roles(gateway.login(made)));

    RotateCallerSecretRequest rotate =
        RotateCallerSecretRequest.newBuilder().setName(made.getName()).build();
    Caller rotated = gateway.callers().rotateCallerSecret(rotate);
    assertNotEquals(made.getClientSecret(), rotated.getClientSecret());
    assertThrows(IllegalStateException.class, () -> gateway.login(made), "the former secret");
    gateway.call(gateway.login(rotated));
    Refused.with(
        Status.Code.ABORTED,
        Reason.ETAG_MISMATCH,
        () -> gateway.callers().rotateCallerSecret(rotate.toBuilder().setEtag("stale").build()));

    OidcLogin.Tokens before = gateway.login(rotated);
    Caller suspended = gateway.callers().suspendCaller(suspend(made.getName()));
    assertEquals(Caller.Standing.STANDING_SUSPENDED, suspended.getStanding());
    assertInvalid(before);
    assertThrows(IllegalStateException.class, () -> gateway.login(rotated), "disabled");
    assertFalse(gateway.identityClients("shipping").path(0).path("enabled").asBoolean());

    Caller active =
        gateway
            .callers()
            .activateCaller(
                ActivateCallerRequest.newBuilder()
                    .setName(made.getName())
                    .setEtag(suspended.getEtag())
                    .build());
    assertEquals(Caller.Standing.STANDING_ACTIVE, active.getStanding());
    OidcLogin.Tokens after = gateway.login(rotated);
    gateway.call(after);

    var unused =
        gateway
            .callers()
            .deleteCaller(DeleteCallerRequest.newBuilder().setName(made.getName()).build());
    Refused.with(Status.Code.PERMISSION_DENIED, Reason.ACCESS_DENIED, () -> gateway.call(after));
    assertEquals(0, gateway.identityClients("shipping").size());

    for (String secret : List.of(made.getClientSecret(), rotated.getClientSecret())) {
      assertFalse(gateway.log().contains(secret), "in the log");
      assertFalse(gateway.audit().contains(secret), "in the record");
    }
    assertEquals(
        List.of(
            "callers.create BEGUN",
            "callers.create OK",
            "callers.adaptClient BEGUN",
            "callers.update OK",
            "callers.adaptClient OK",
            "callers.rotateSecret BEGUN",
            "callers.rotateSecret OK",
            "callers.rotateSecret BEGUN",
            "callers.rotateSecret ETAG_MISMATCH",
            "callers.stopClient BEGUN",
            "callers.suspend OK",
            "callers.stopClient OK",
            "callers.enableClient BEGUN",
            "callers.activate OK",
            "callers.enableClient OK",
            "callers.removeClient BEGUN",
            "callers.delete OK",
            "callers.removeClient OK"),
        gateway.changes(made.getName()).stream()
            .filter(change -> change.startsWith("callers."))
            .toList());
  }

  private static CreateCallerRequest wanted(String id, Caller.Builder caller) {
    return CreateCallerRequest.newBuilder()
        .setCallerId(id)
        .setCaller(caller)
        .setProvisionClient(true)
        .build();
  }

  private static Caller.Builder service() {
    return Caller.newBuilder()
        .setTeam("shop")
        .setKind(Caller.Kind.KIND_SERVICE)
        .addRoles(Caller.Role.ROLE_CALLER);
  }

  @Test
  void create_clientOfSomebodyElse_isNotTouched() {
    JsonNode before = gateway.identityClients(Realm.ORDERS.clientId());
    Refused.with(
        Status.Code.ALREADY_EXISTS,
        Reason.ALREADY_EXISTS,
        () -> gateway.callers().createCaller(wanted(Realm.ORDERS.clientId(), service())));
    assertEquals(before, gateway.identityClients(Realm.ORDERS.clientId()));
    assertGone("callers/" + Realm.ORDERS.clientId());
    for (String own : List.of("account", "admin-cli", "realm-management", "gatehouse-admin")) {
      JsonNode there = gateway.identityClients(own);
      Refused.with(
          Status.Code.ALREADY_EXISTS,
          Reason.ALREADY_EXISTS,
          () -> gateway.callers().createCaller(wanted(own, service())));
      assertEquals(there, gateway.identityClients(own));
    }
  }

  @Test
  void create_nameTaken_touchesNoClient() {
    Caller made = gateway.provision("taken", Caller.Role.ROLE_CALLER);
    Refused.with(
        Status.Code.ALREADY_EXISTS,
        Reason.ALREADY_EXISTS,
        () -> gateway.callers().createCaller(wanted("taken", service())));
    gateway.call(gateway.login(made));
  }

  @Test
  void create_repeatedRequest_returnsTheCallerWithoutSecret() {
    CreateCallerRequest request =
        wanted("repeated", service()).toBuilder().setRequestId("request-repeated").build();
    Caller made = gateway.callers().createCaller(request);
    assertEquals(
        made.toBuilder().clearClientSecret().build(), gateway.callers().createCaller(request));
    gateway.call(gateway.login(made));
  }

  @Test
  void create_whatNoClientCanBeMadeFor_isRefused() {
    Refused.with(
        Status.Code.INVALID_ARGUMENT,
        Reason.ARGUMENT_INVALID,
        () ->
            gateway
                .callers()
                .createCaller(wanted("somebody", service().setKind(Caller.Kind.KIND_PERSON))));
    Refused.with(
        Status.Code.INVALID_ARGUMENT,
        Reason.ARGUMENT_INVALID,
        () -> gateway.callers().createCaller(wanted("known", service().setSubject("subject"))));
    assertEquals(0, gateway.identityClients("somebody").size());
    assertEquals(0, gateway.identityClients("known").size());
    Caller bare =
        gateway
            .callers()
            .createCaller(
                CreateCallerRequest.newBuilder().setCallerId("bare").setCaller(service()).build());
    assertEquals("", bare.getClientId());
    Refused.with(
        Status.Code.FAILED_PRECONDITION,
        Reason.STATE_INVALID,
        () ->
            gateway
                .callers()
                .rotateCallerSecret(
                    RotateCallerSecretRequest.newBuilder().setName("callers/bare").build()));
  }

  private static void assertGone(String name) {
    Refused.with(
        Status.Code.NOT_FOUND,
        Reason.NOT_FOUND,
        () -> gateway.callers().getCaller(GetCallerRequest.newBuilder().setName(name).build()));
  }

  @Test
  void create_failsHalfWay_leavesNothing() {
    JsonNode responder = gateway.admin("GET", "/roles/responder", "");
    gateway.admin("DELETE", "/roles/responder", "");
    try {
      Refused.with(
          Status.Code.FAILED_PRECONDITION,
          Reason.STATE_INVALID,
          () -> gateway.provision("half-made", Caller.Role.ROLE_RESPONDER));
      assertGone("callers/half-made");
      assertEquals(0, gateway.identityClients("half-made").size());
    } finally {
      gateway.admin("POST", "/roles", "{\"name\":\"" + responder.path("name").asText() + "\"}");
    }
    assertEquals(
        "half-made", gateway.provision("half-made", Caller.Role.ROLE_CALLER).getClientId());
  }

  private static void assertDrift(Kind kind, String clientId, String caller) {
    assertTrue(Await.until(SEEN_MAX, () -> gateway.drifts(kind, clientId)), kind + " not seen");
    var drift =
        gateway.drifts().getDriftsList().stream()
            .filter(one -> one.getKind() == kind && one.getClientId().equals(clientId))
            .findFirst()
            .orElseThrow();
    assertEquals(caller, drift.getCaller());
    String label = kind.name().replace("KIND_", "");
    assertTrue(
        gateway.process().metrics().contains("gatehouse_identity_drift{kind=\"" + label + "\"} 1"),
        "gauge of " + label);
  }

  private static void setClient(String clientId, String json) {
    gateway.admin("PUT", gateway.clientPath(clientId), json);
  }

  @Test
  void drift_ofEachKindMadeByHand_isReportedAndNotRepaired() {
    assertTrue(gateway.comparedAgain());
    Caller made = gateway.provision("drifter", Caller.Role.ROLE_CALLER);
    setClient("drifter", "{\"clientId\":\"drifter\",\"enabled\":false}");
    assertDrift(Kind.KIND_CLIENT_DISABLED, "drifter", made.getName());
    assertTrue(gateway.comparedAgain());
    assertTrue(gateway.comparedAgain());
    assertDrift(Kind.KIND_CLIENT_DISABLED, "drifter", made.getName());
    assertFalse(gateway.identityClients("drifter").path(0).path("enabled").asBoolean());

    setClient("drifter", "{\"clientId\":\"drifter\",\"enabled\":true}");
    String role = gateway.admin("GET", "/roles/publisher", "").toString();
    String mappings = gateway.serviceAccountPath("drifter") + "/role-mappings/realm";
    gateway.admin("POST", mappings, "[" + role + "]");
    assertDrift(Kind.KIND_ROLES_DIFFER, "drifter", made.getName());
    assertFalse(gateway.drifts(Kind.KIND_CLIENT_DISABLED, "drifter"));
    gateway.admin("DELETE", mappings, "[" + role + "]");

    String scope = "";
    for (JsonNode each : gateway.admin("GET", "/client-scopes", "")) {
      if (each.path("name").asText().equals("gatehouse")) {
        scope = each.path("id").asText();
      }
    }
    String scopes = gateway.clientPath("drifter") + "/default-client-scopes/" + scope;
    gateway.admin("DELETE", scopes, "");
    assertDrift(Kind.KIND_AUDIENCE_MISSING, "drifter", made.getName());
    gateway.admin("PUT", scopes, "");

    Caller suspended = gateway.callers().suspendCaller(suspend(made.getName()));
    assertEquals(Caller.Standing.STANDING_SUSPENDED, suspended.getStanding());
    setClient("drifter", "{\"clientId\":\"drifter\",\"enabled\":true}");
    assertDrift(Kind.KIND_CLIENT_ENABLED, "drifter", made.getName());

    gateway.admin("DELETE", gateway.clientPath("drifter"), "");
    assertDrift(Kind.KIND_CLIENT_MISSING, "drifter", made.getName());
    gateway.admin(
        "POST",
        "/clients",
        "{\"clientId\":\"drifter\",\"enabled\":false,\"serviceAccountsEnabled\":true,"
            + "\"attributes\":{\"gatehouse.caller\":\"drifter\"}}");
    assertDrift(Kind.KIND_SUBJECT_DIFFERS, "drifter", made.getName());

    gateway.admin(
        "POST",
        "/clients",
        "{\"clientId\":\"ghost\",\"attributes\":{\"gatehouse.caller\":\"ghost\"}}");
    assertDrift(Kind.KIND_CLIENT_UNREGISTERED, "ghost", "");
    assertTrue(gateway.comparedAgain());
    assertEquals(1, gateway.identityClients("ghost").size(), "not repaired");
    String line = "Identity drift CLIENT_UNREGISTERED: caller none, client ghost";
    assertEquals(1, count(gateway.log(), line), "one line");

    var unused =
        gateway
            .callers()
            .deleteCaller(DeleteCallerRequest.newBuilder().setName(made.getName()).build());
    gateway.admin("DELETE", gateway.clientPath("ghost"), "");
    assertTrue(Await.until(SEEN_MAX, () -> gateway.drifts().getDriftsCount() == 0));
  }

  private static int count(String text, String part) {
    return text.split(part, -1).length - 1;
  }

  private static void registerPaul() {
    var unused =
        gateway
            .callers()
            .createCaller(
                CreateCallerRequest.newBuilder()
                    .setCallerId("paul")
                    .setCaller(
                        Caller.newBuilder()
                            .setTeam("vision")
                            .setKind(Caller.Kind.KIND_PERSON)
                            .setSubject(Realm.PAUL.subject())
                            .addRoles(Caller.Role.ROLE_PUBLISHER))
                    .setRequestId("paul")
                    .build());
  }

  private static OidcLogin.Tokens paul() {
    return gateway.keycloak().login().personByPassword(Realm.PAUL);
  }

  @Test
  void logout_ofOneSession_endsItsTokensAloneAndThenAll() {
    registerPaul();
    assertTrue(
        Await.until(
            SEEN_MAX,
            () ->
                gateway
                    .identityClients(Realm.CLI)
                    .path(0)
                    .path("attributes")
                    .path("backchannel.logout.url")
                    .asText()
                    .endsWith("/oidc/back-channel-logout")),
        "Keycloak is told where to tell of logouts");
    OidcLogin.Tokens first = paul();
    OidcLogin.Tokens second = paul();
    gateway.call(first);
    gateway.call(second);
    gateway.admin("DELETE", "/sessions/" + first.claims().path("sid").asText(), "");
    awaitRefused(first, "its session has ended");
    gateway.call(second);
    gateway.admin("POST", "/users/" + Realm.PAUL.subject() + "/logout", "");
    awaitRefused(second, "all sessions have ended");
    gateway.call(paul());
    int status = gateway.process().stop();
    gateway.process().restart();
    assertEquals(143, status);
    assertInvalid(first);
    assertInvalid(second);
  }

  @Test
  void suspendedPerson_isLoggedOutAtTheIdentityProvider() {
    registerPaul();
    OidcLogin.Tokens token = paul();
    gateway.call(token);
    var unused = gateway.callers().suspendCaller(suspend("callers/paul"));
    assertInvalid(token);
    assertThrows(
        IllegalStateException.class,
        () -> gateway.keycloak().login().refresh(Realm.CLI, token.refreshToken().orElseThrow()));
    Caller active =
        gateway
            .callers()
            .activateCaller(ActivateCallerRequest.newBuilder().setName("callers/paul").build());
    assertEquals(Caller.Standing.STANDING_ACTIVE, active.getStanding());
    gateway.call(paul());
  }

  private static HttpResponse<String> post(String contentType, String body) {
    URI uri = gateway.process().management("/oidc/back-channel-logout");
    HttpRequest request =
        HttpRequest.newBuilder(uri)
            .header("Content-Type", contentType)
            .POST(HttpRequest.BodyPublishers.ofString(body))
            .build();
    try (HttpClient client = HttpClient.newHttpClient()) {
      return client.send(request, HttpResponse.BodyHandlers.ofString());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  @Test
  void logoutEndpoint_whatIsNoLogoutToken_getsNoDetail() {
    registerPaul();
    OidcLogin.Tokens token = paul();
    String form = "application/x-www-form-urlencoded";
    for (String body :
        List.of(
            "",
            "logout_token=",
            "token=x",
            "logout_token=a.b.c",
            "logout_token=" + URLEncoder.encode(token.accessToken(), StandardCharsets.UTF_8))) {
      HttpResponse<String> answer = post(form, body);
      assertEquals(400, answer.statusCode(), body);
      assertEquals("{\"error\":\"invalid_request\"}", answer.body());
      assertEquals("no-store", answer.headers().firstValue("Cache-Control").orElse(""));
    }
    int tooLong = post(form, "logout_token=" + "x".repeat(20_000)).statusCode();
    assertTrue(tooLong == 413 || tooLong == 400, "the body or its only attribute: " + tooLong);
    assertEquals(415, post("application/json", "{}").statusCode());
    assertNotEquals(200, gateway.process().get("/oidc/back-channel-logout").statusCode());
    gateway.call(token);
  }

  @Test
  void notBefore_ofAClient_takesItsTokensBackAlone() {
    Caller one = gateway.provision("too-old", Caller.Role.ROLE_CALLER);
    Caller other = gateway.provision("young", Caller.Role.ROLE_CALLER);
    OidcLogin.Tokens old = gateway.login(one);
    OidcLogin.Tokens untouched = gateway.login(other);
    gateway.call(old);
    long notBefore = old.claims().path("iat").asLong() + 1;
    setClient("too-old", "{\"clientId\":\"too-old\",\"notBefore\":" + notBefore + "}");
    awaitRefused(old, "it is older than its client allows");
    gateway.call(untouched);
    gateway.call(loginFrom(one, notBefore));
  }

  @Test
  void notBefore_ofTheRealm_takesAllTokensBack() {
    Caller one = gateway.provision("of-the-realm", Caller.Role.ROLE_CALLER);
    OidcLogin.Tokens old = gateway.login(one);
    gateway.call(old);
    long notBefore = old.claims().path("iat").asLong() + 1;
    gateway.admin("PUT", "", "{\"notBefore\":" + notBefore + "}");
    try {
      awaitRefused(old, "it is older than the realm allows");
      gateway.call(loginFrom(one, notBefore));
    } finally {
      gateway.admin("PUT", "", "{\"notBefore\":0}");
      gateway.forgetTokens();
    }
    assertTrue(Await.until(SEEN_MAX, () -> gateway.accepts(old)), "and given back");
  }
}
