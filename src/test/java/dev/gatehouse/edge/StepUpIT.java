package dev.gatehouse.edge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.rpc.ErrorInfo;
import dev.gatehouse.core.Reason;
import dev.gatehouse.stubs.admin.v1.CallersServiceGrpc;
import dev.gatehouse.stubs.admin.v1.Grant;
import dev.gatehouse.stubs.admin.v1.GrantsServiceGrpc;
import dev.gatehouse.stubs.admin.v1.ListGrantsRequest;
import dev.gatehouse.testing.GatewayClient;
import dev.gatehouse.testing.ModelPublisher;
import dev.gatehouse.testing.OidcLogin;
import dev.gatehouse.testing.RawCalls;
import dev.gatehouse.testing.Realm;
import dev.gatehouse.testing.Refused;
import dev.gatehouse.testing.SharedGateway;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Who is asked for a stronger login, by Keycloak's real pages, and who is simply denied. */
final class StepUpIT {

  private static final Metadata.Key<String> CHALLENGE =
      Metadata.Key.of("www-authenticate", Metadata.ASCII_STRING_MARSHALLER);

  private static SharedGateway gateway;

  @BeforeAll
  static void start() {
    gateway = SharedGateway.get();
  }

  private static Grant grant(OidcLogin.Tokens tokens) {
    return new ModelPublisher(gateway.client(), tokens).grantInfer("add-sub", "roleless");
  }

  private static StatusRuntimeException assertStepUpRequired(OidcLogin.Tokens tokens) {
    return Refused.with(Status.Code.UNAUTHENTICATED, Reason.STEP_UP_REQUIRED, () -> grant(tokens));
  }

  @Test
  void person_withPasswordAlone_isToldWhichLoginAndMayAfterIt() {
    try (OidcLogin.Visit browser = gateway.keycloak().login().visit()) {
      OidcLogin.Tokens weak = browser.person(Realm.PAUL, Map.of());
      assertTrue(browser.askedForPassword() && !browser.askedForCode());
      var reading = gateway.client().grants(weak);
      ListGrantsRequest list = ListGrantsRequest.newBuilder().setParent("models/add-sub").build();
      assertFalse(reading.listGrants(list).getGrantsList().isEmpty(), "reading needs no more");

      StatusRuntimeException refusal = assertStepUpRequired(weak);
      ErrorInfo info = GatewayClient.errorInfo(refusal).orElseThrow();
      assertEquals(Map.of("acr_values", "aal2", "max_age", "900"), info.getMetadataMap());
      Metadata trailers = refusal.getTrailers();
      assertNotNull(trailers);
      assertEquals(
          "Bearer error=\"insufficient_user_authentication\", error_description=\"a stronger or"
              + " more recent login is needed\", acr_values=\"aal2\", max_age=\"900\"",
          trailers.get(CHALLENGE));

      OidcLogin.Tokens strong = browser.person(Realm.PAUL, info.getMetadataMap());
      assertTrue(browser.askedForCode() && !browser.askedForPassword());
      assertTrue(grant(strong).getName().startsWith("models/add-sub/grants/"));
      assertStepUpRequired(weak);

      String refresh = strong.refreshToken().orElseThrow();
      OidcLogin.Tokens refreshed = gateway.keycloak().login().refresh(Realm.CLI, refresh);
      assertNotEquals(strong.accessToken(), refreshed.accessToken());
      assertTrue(grant(refreshed).getName().startsWith("models/add-sub/grants/"));
    }
  }

  @Test
  void everyMethodThatIsListedSo_asksAnAdministratorForMoreThanAPassword() {
    OidcLogin.Tokens ada = gateway.keycloak().login().personByPassword(Realm.ADA);
    List<String> listed = listed();
    assertTrue(listed.size() >= 7, listed.toString());
    for (String method : listed) {
      Refused.is(
          Status.Code.UNAUTHENTICATED,
          Reason.STEP_UP_REQUIRED,
          RawCalls.call(gateway.client().channel(), method, RawCalls.headers(ada), new byte[0])
              .failure());
    }
  }

  private static List<String> listed() {
    return Stream.of(
            CallersServiceGrpc.getServiceDescriptor(), GrantsServiceGrpc.getServiceDescriptor())
        .flatMap(service -> service.getMethods().stream())
        .filter(
            method ->
                MethodRights.of(method) instanceof MethodRights.Demand.Holding demand
                    && demand.stepUp())
        .map(MethodDescriptor::getFullMethodName)
        .toList();
  }

  @Test
  void person_withoutTheRight_isDeniedAndNotSentToLogIn() {
    for (Realm.Person person : List.of(Realm.ROSA, Realm.AUDREY)) {
      OidcLogin.Tokens weak = gateway.keycloak().login().personByPassword(person);
      Refused.with(Status.Code.PERMISSION_DENIED, Reason.ACCESS_DENIED, () -> grant(weak));
    }
  }

  @Test
  void service_withoutAutomationOrWithoutABoundToken_isDenied() {
    for (Realm.Service service : List.of(SharedGateway.PIPELINE, SharedGateway.AUTOMAT)) {
      OidcLogin.Tokens tokens = gateway.tokens(service);
      assertEquals(
          "models/add-sub",
          gateway
              .client()
              .models(tokens)
              .getModel(
                  dev.gatehouse.stubs.admin.v1.GetModelRequest.newBuilder()
                      .setName("models/add-sub")
                      .build())
              .getName());
      StatusRuntimeException refusal =
          Refused.with(Status.Code.PERMISSION_DENIED, Reason.ACCESS_DENIED, () -> grant(tokens));
      Metadata trailers = refusal.getTrailers();
      assertTrue(trailers == null || !trailers.containsKey(CHALLENGE));
    }
  }
}
