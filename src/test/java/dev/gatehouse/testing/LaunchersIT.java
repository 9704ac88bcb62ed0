package dev.gatehouse.testing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.gatehouse.core.Role;
import java.net.URI;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;

/** The launchers against the real servers, and the realm as the gateway will meet it. */
final class LaunchersIT {

  @Test
  void clientCredentials_everyService_carriesWhatTheGatewayAsks() {
    for (Realm.Service service : List.of(Realm.ORDERS, Realm.RETURNS, Realm.STRANGER)) {
      OidcLogin.Tokens tokens = keycloak().login().service(service);
      assertClaims(tokens.claims(), service.subject(), Role.CALLER);
      assertEquals(service.clientId(), tokens.claims().path("azp").textValue());
      assertTrue(tokens.refreshToken().isEmpty());
      assertEquals("RS256", header(tokens).path("alg").textValue());
    }
  }

  @Test
  void person_withPasswordAndCode_givesTokensThatSayHowAndWhen() {
    Map<Realm.Person, Role> people =
        Map.of(
            Realm.ADA, Role.ADMINISTRATOR,
            Realm.PAUL, Role.PUBLISHER,
            Realm.AUDREY, Role.AUDITOR,
            Realm.ROSA, Role.RESPONDER);
    people.forEach(
        (person, role) -> {
          JsonNode claims = keycloak().login().person(person).claims();
          assertClaims(claims, person.subject(), role);
          assertEquals(Realm.ONE_TIME_CODE_ACR, claims.path("acr").textValue());
          assertEquals(Realm.CLI, claims.path("azp").textValue());
          assertFalse(claims.path("sid").asText().isEmpty());
          long ageSeconds = claims.path("iat").asLong() - claims.path("auth_time").asLong();
          assertTrue(Math.abs(ageSeconds) <= 30, () -> "logged in before " + ageSeconds + " s");
        });
  }

  @Test
  void person_withPasswordAlone_isOfTheLowerLevel() {
    JsonNode claims = keycloak().login().personByPassword(Realm.PAUL).claims();
    assertClaims(claims, Realm.PAUL.subject(), Role.PUBLISHER);
    assertEquals(Realm.PASSWORD_ACR, claims.path("acr").textValue());
  }

  @Test
  void person_loggingInOften_usesEachCodeOnce() {
    for (int i = 0; i < 4; i++) {
      JsonNode claims = keycloak().login().person(Realm.ROSA).claims();
      assertEquals(Realm.ONE_TIME_CODE_ACR, claims.path("acr").textValue());
    }
  }

  @Test
  void refresh_ofALoginWithCode_keepsLevelAndTimeAndWorksOnce() {
    OidcLogin login = keycloak().login();
    OidcLogin.Tokens paul = login.person(Realm.PAUL);
    String refreshToken = paul.refreshToken().orElseThrow();
    OidcLogin.Tokens next = login.refresh(Realm.CLI, refreshToken);
    assertClaims(next.claims(), Realm.PAUL.subject(), Role.PUBLISHER);
    for (String claim : List.of("acr", "auth_time", "sid")) {
      assertEquals(paul.claims().required(claim), next.claims().required(claim));
    }
    assertThrows(
        IllegalStateException.class,
        () -> login.refresh(Realm.CLI, refreshToken),
        "a refresh token works once");
  }

  @Test
  void visit_steppedUp_isAskedForTheCodeAloneAndEachTime() {
    try (OidcLogin.Visit visit = keycloak().login().visit()) {
      JsonNode first = visit.person(Realm.AUDREY, Map.of()).claims();
      assertEquals(Realm.PASSWORD_ACR, first.path("acr").textValue());
      assertTrue(visit.askedForPassword() && !visit.askedForCode());
      Map<String, String> stepUp = Map.of("acr_values", Realm.ONE_TIME_CODE_ACR);
      for (int i = 0; i < 2; i++) {
        JsonNode second = visit.person(Realm.AUDREY, stepUp).claims();
        assertEquals(Realm.ONE_TIME_CODE_ACR, second.path("acr").textValue());
        assertTrue(visit.askedForCode() && !visit.askedForPassword());
        assertEquals(first.path("sid"), second.path("sid"), "one session");
      }
      // What only the cookie or the password says is of the lower level again.
      JsonNode third = visit.person(Realm.AUDREY, Map.of()).claims();
      assertEquals(Realm.PASSWORD_ACR, third.path("acr").textValue());
      JsonNode fourth = visit.person(Realm.AUDREY, Map.of("prompt", "login")).claims();
      assertTrue(visit.askedForPassword() && !visit.askedForCode());
      assertEquals(Realm.PASSWORD_ACR, fourth.path("acr").textValue());
    }
  }

  @Test
  void person_withoutASecondFactor_canNeitherStepUpNorEnrolOne() {
    keycloak()
        .createUser(
            """
            {"username": "otto", "enabled": true, "firstName": "Otto", "lastName": "Demonstration",
             "email": "otto@gatehouse.example", "emailVerified": true,
             "credentials": [{"type": "password", "value": "demo-only-otto-password"}]}
            """);
    OidcLogin login = keycloak().login();
    var otto = new Realm.Person("otto", "demo-only-otto-password", "", "");
    assertEquals(Realm.PASSWORD_ACR, login.personByPassword(otto).claims().path("acr").textValue());
    IllegalStateException refused =
        assertThrows(IllegalStateException.class, () -> login.person(otto));
    assertTrue(refused.toString().contains("no login page"), refused.toString());
  }

  @Test
  void authorizationCode_wrongPassword_isRefused() {
    IllegalStateException refused =
        assertThrows(
            IllegalStateException.class,
            () -> keycloak().login().authorizationCode(Realm.CLI, "paul", "not his password"));
    assertTrue(refused.toString().contains("login refused: 200"), refused.toString());
  }

  @Test
  void authorize_withoutPkceOrToAnotherAddress_isRefused() {
    Map<String, String> query = new LinkedHashMap<>();
    query.put("response_type", "code");
    query.put("client_id", Realm.CLI);
    query.put("redirect_uri", OidcLogin.REDIRECT_URI);
    HttpResponse<String> noPkce = authorize(query);
    assertEquals(302, noPkce.statusCode());
    String location = noPkce.headers().firstValue("location").orElseThrow();
    assertTrue(location.contains("error=invalid_request"), location);

    query.put("code_challenge", "A".repeat(43));
    query.put("code_challenge_method", "S256");
    assertEquals(200, authorize(query).statusCode());
    for (String elsewhere :
        List.of(
            "http://127.0.0.1:8765/other",
            "http://127.0.0.1.example/callback",
            "https://gatehouse.example/callback")) {
      query.put("redirect_uri", elsewhere);
      assertEquals(400, authorize(query).statusCode(), elsewhere);
    }
  }

  private static HttpResponse<String> authorize(Map<String, String> query) {
    URI authorize =
        URI.create(keycloak().issuer() + "/protocol/openid-connect/auth?" + Http.encode(query));
    return Http.send(Http.request(authorize));
  }

  @Test
  void directGrant_forPeople_isRefused() {
    assertThrows(
        IllegalStateException.class,
        () -> keycloak().login().password(Realm.CLI, Realm.PAUL.username(), Realm.PAUL.password()));
  }

  @Test
  void testOnlyRealmAndClient_differInExactlyOneClaim() {
    URI other = keycloak().importOtherRealm();
    JsonNode foreign = new OidcLogin(other).service(Realm.ORDERS).claims();
    assertEquals(other.toString(), foreign.path("iss").textValue());
    assertTrue(strings(foreign.path("aud")).contains(Realm.AUDIENCE));
    assertTrue(strings(foreign.at("/realm_access/roles")).contains(Role.CALLER.claim()));

    keycloak().importNoAudience();
    JsonNode claims = keycloak().login().service(Realm.NO_AUDIENCE).claims();
    assertEquals(keycloak().issuer().toString(), claims.path("iss").textValue());
    assertFalse(strings(claims.path("aud")).contains(Realm.AUDIENCE));
    assertEquals(Realm.NO_AUDIENCE.subject(), claims.path("sub").textValue());
    assertEquals(List.of(Role.CALLER.claim()), strings(claims.at("/realm_access/roles")));
  }

  @Test
  void keycloak_stoppedOrKilledAndStartedAgain_keepsItsDataAndItsPort() {
    try (KeycloakServer server = KeycloakServer.start()) {
      URI issuer = server.issuer();
      JsonNode before = header(server.login().service(Realm.ORDERS));
      server.stop();
      assertFalse(Http.ok(issuer));
      server.restart();
      assertEquals(issuer, server.issuer());
      JsonNode after = header(server.login().service(Realm.ORDERS));
      assertEquals(before, after, "the same key signs");
      server.kill();
      assertFalse(Http.ok(issuer));
    }
  }

  @Test
  void postgres_stoppedAndStartedAgain_keepsItsDataAndItsPort() throws SQLException {
    try (PostgresServer server = PostgresServer.start()) {
      PostgresServer.Database database = server.createDatabase();
      try (Connection connection = database.connectAsOwner();
          var statement = connection.createStatement()) {
        assertEquals(18, connection.getMetaData().getDatabaseMajorVersion());
        statement.execute("CREATE TABLE kept AS SELECT 42 AS answer");
      }
      server.stop();
      assertThrows(SQLException.class, database::connect);
      server.restart();
      try (Connection connection = database.connectAsOwner();
          var statement = connection.createStatement();
          var rows = statement.executeQuery("SELECT answer FROM kept")) {
        assertTrue(rows.next());
        assertEquals(42, rows.getInt(1));
      }
    }
  }

  @Test
  void createDatabase_twice_givesOwnersWhoAreNoSuperusersAndShareNothing() throws SQLException {
    PostgresServer.Database one = PostgresServer.shared().createDatabase();
    PostgresServer.Database two = PostgresServer.shared().createDatabase();
    try (Connection connection = one.connect();
        var statement = connection.createStatement()) {
      assertThrows(SQLException.class, () -> statement.execute("CREATE TABLE mine (x INT)"));
    }
    try (Connection connection = one.connectAsOwner();
        var statement = connection.createStatement()) {
      statement.execute("CREATE TABLE mine (x INT)");
      assertThrows(SQLException.class, () -> statement.execute("CREATE ROLE another SUPERUSER"));
    }
    try (Connection connection = two.connect();
        var statement = connection.createStatement()) {
      assertThrows(SQLException.class, () -> statement.execute("SELECT * FROM mine"));
    }
  }

  @Test
  void gateway_killedAndStartedAgain_isReadyOnTheSamePorts() {
    PostgresServer.Database database = PostgresServer.shared().createDatabase();
    try (GatewayProcess gateway = GatewayProcess.start(GatewaySettings.of(database, keycloak()))) {
      int grpcPort = gateway.grpcPort();
      long pid = gateway.pid();
      gateway.kill();
      assertFalse(gateway.alive());
      gateway.restart();
      assertEquals(200, gateway.get("/q/health/ready").statusCode());
      assertEquals(grpcPort, gateway.grpcPort());
      assertNotEquals(pid, gateway.pid());
      assertTrue(gateway.metrics().contains("gatehouse_"));
      assertEquals(128 + 15, gateway.stop());
    }
  }

  @Test
  void gateway_settingsItRefuses_failsWithTheEndOfItsLog() {
    Map<String, String> settings = Map.of("gatehouse.no-such-key", "1");
    IllegalStateException failure =
        assertThrows(IllegalStateException.class, () -> GatewayProcess.start(settings));
    assertTrue(failure.toString().contains("the gateway ended with 1"), failure::toString);
    assertTrue(failure.toString().contains("no-such-key"), failure::toString);
  }

  private static KeycloakServer keycloak() {
    return KeycloakServer.shared();
  }

  private static void assertClaims(JsonNode claims, String subject, Role role) {
    assertEquals(keycloak().issuer().toString(), claims.path("iss").textValue());
    assertEquals(List.of(Realm.AUDIENCE), strings(claims.path("aud")));
    assertEquals(subject, claims.path("sub").textValue());
    assertEquals(List.of(role.claim()), strings(claims.at("/realm_access/roles")));
    // Keycloak reads its clock once for each of the two.
    long lifetimeSeconds = claims.path("exp").asLong() - claims.path("iat").asLong();
    assertTrue(Math.abs(lifetimeSeconds - 300) <= 30, () -> "lifetime " + lifetimeSeconds);
  }

  private static List<String> strings(JsonNode node) {
    return node.isTextual()
        ? List.of(node.textValue())
        : StreamSupport.stream(node.spliterator(), false).map(JsonNode::textValue).toList();
  }

  private static JsonNode header(OidcLogin.Tokens tokens) {
    String encoded = tokens.accessToken().substring(0, tokens.accessToken().indexOf('.'));
    return OidcLogin.json(
        new String(Base64.getUrlDecoder().decode(encoded), StandardCharsets.UTF_8));
  }
}
