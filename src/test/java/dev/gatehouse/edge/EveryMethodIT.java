package dev.gatehouse.edge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatehouse.core.Reason;
import dev.gatehouse.core.Role;
import dev.gatehouse.testing.Folders;
import dev.gatehouse.testing.ModelPublisher;
import dev.gatehouse.testing.OidcLogin;
import dev.gatehouse.testing.RawCalls;
import dev.gatehouse.testing.Realm;
import dev.gatehouse.testing.Refused;
import dev.gatehouse.testing.RightsMatrix;
import dev.gatehouse.testing.SharedGateway;
import io.grpc.CallOptions;
import io.grpc.Metadata;
import io.grpc.Status;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Every method, called as nobody and with every role, by the packaged gateway: who may and who may
 * not is what the matrix says, and nothing else.
 */
final class EveryMethodIT {

  /** Belongs to the publisher's team, has no version, and is granted to all who call here. */
  private static final String MODEL = "matrix";

  private static final String DATA_PLANE = "inference.GRPCInferenceService/";

  private static SharedGateway gateway;
  private static final Map<Role, OidcLogin.Tokens> TOKENS = new EnumMap<>(Role.class);
  private static final Map<Role, OidcLogin.Tokens> BY_PASSWORD = new EnumMap<>(Role.class);

  @BeforeAll
  static void start() {
    gateway = SharedGateway.get();
    TOKENS.put(Role.CALLER, gateway.tokens(Realm.ORDERS));
    TOKENS.put(Role.PUBLISHER, gateway.tokens(Realm.PAUL));
    TOKENS.put(Role.AUDITOR, gateway.tokens(Realm.AUDREY));
    TOKENS.put(Role.RESPONDER, gateway.tokens(Realm.ROSA));
    TOKENS.put(Role.ADMINISTRATOR, gateway.administrator());
    OidcLogin login = gateway.keycloak().login();
    BY_PASSWORD.put(Role.PUBLISHER, login.personByPassword(Realm.PAUL));
    BY_PASSWORD.put(Role.AUDITOR, login.personByPassword(Realm.AUDREY));
    BY_PASSWORD.put(Role.RESPONDER, login.personByPassword(Realm.ROSA));
    BY_PASSWORD.put(Role.ADMINISTRATOR, login.personByPassword(Realm.ADA));
    ModelPublisher publisher = gateway.publisher();
    var unused = publisher.createModel(MODEL, "What everybody is granted");
    for (String caller :
        List.of(Realm.ORDERS.clientId(), "paul", "audrey", "rosa", "administrator-1")) {
      publisher.grantInfer(MODEL, caller);
    }
  }

  static Stream<RightsMatrix.Row> methods() {
    return RightsMatrix.rows().stream();
  }

  /** The folder of protobuf files is read as text, so that no file can be forgotten. */
  @Test
  void methods_ofTheProtoFolder_areAllInTheMatrix() throws IOException {
    Set<String> written = new TreeSet<>();
    try (Stream<Path> files = Files.walk(Folders.project("proto"))) {
      files.filter(file -> file.toString().endsWith(".proto")).forEach(f -> add(f, written));
    }
    Set<String> known =
        methods()
            .map(RightsMatrix.Row::method)
            .filter(method -> !method.startsWith("grpc.health."))
            .collect(Collectors.toCollection(TreeSet::new));
    assertEquals(written, known);
    assertTrue(written.size() >= 50, written.toString());
  }

  private static void add(Path file, Set<String> methods) {
    String text;
    try {
      text = Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    Matcher words = Pattern.compile("(?m)^\\s*(package|service|rpc)\\s+([\\w.]+)").matcher(text);
    String scope = "";
    String service = "";
    while (words.find()) {
      switch (words.group(1)) {
        case "package" -> scope = words.group(2);
        case "service" -> service = scope + "." + words.group(2);
        default -> methods.add(service + "/" + words.group(2));
      }
    }
  }

  private static RawCalls.End call(String method, Metadata headers) {
    RawCalls.Running call =
        RawCalls.start(gateway.client().channel(), method, headers, CallOptions.DEFAULT);
    call.call().sendMessage(request(method));
    call.call().halfClose();
    if (method.equals("grpc.health.v1.Health/Watch")) {
      assertTrue(call.first().join().length > 0);
      call.call().cancel("seen", null);
      return new RawCalls.End(1, Status.OK, new Metadata());
    }
    return call.await();
  }

  /**
   * Names the model where a method of the data plane asks for one, so that a caller whose role
   * suffices is not denied for the lack of a model; otherwise nothing at all.
   */
  private static byte[] request(String method) {
    return switch (method.startsWith(DATA_PLANE) ? method.substring(DATA_PLANE.length()) : "") {
      case "ModelReady", "ModelMetadata", "ModelInfer", "ModelConfig", "ModelStatistics" ->
          named(1);
      case "RepositoryModelLoad", "RepositoryModelUnload" -> named(2);
      default -> new byte[0];
    };
  }

  private static byte[] named(int field) {
    byte[] name = MODEL.getBytes(StandardCharsets.US_ASCII);
    byte[] message = new byte[name.length + 2];
    message[0] = (byte) (field << 3 | 2);
    message[1] = (byte) name.length;
    System.arraycopy(name, 0, message, 2, name.length);
    return message;
  }

  @ParameterizedTest
  @MethodSource("methods")
  void method_withoutCredential_isDeniedUnlessOpen(RightsMatrix.Row row) {
    RawCalls.End end = call(row.method(), new Metadata());
    if (row.open()) {
      assertEquals(Status.Code.OK, end.status().getCode(), row.method());
    } else {
      Refused.is(Status.Code.UNAUTHENTICATED, Reason.CREDENTIAL_INVALID, end.failure());
      assertEquals(0, end.messages());
    }
  }

  @ParameterizedTest
  @MethodSource("methods")
  void method_withEachRole_isDeniedExceptAsTheMatrixSays(RightsMatrix.Row row) {
    for (Role role : Role.values()) {
      RawCalls.End end = call(row.method(), RawCalls.headers(tokens(role)));
      if (row.roles().contains(role)) {
        assertLetIn(row, role, end);
      } else {
        Refused.is(Status.Code.PERMISSION_DENIED, Reason.ACCESS_DENIED, end.failure());
        assertEquals(0, end.messages());
      }
    }
  }

  @ParameterizedTest
  @MethodSource("methods")
  void method_afterALoginByPasswordAlone_asksForMoreAsTheMatrixSays(RightsMatrix.Row row) {
    BY_PASSWORD.forEach(
        (role, tokens) -> {
          RawCalls.End end = call(row.method(), RawCalls.headers(tokens));
          if (!row.roles().contains(role)) {
            // The right comes first: whom it is not for is not told to log in again.
            Refused.is(Status.Code.PERMISSION_DENIED, Reason.ACCESS_DENIED, end.failure());
          } else if (row.stepUp()) {
            Refused.is(Status.Code.UNAUTHENTICATED, Reason.STEP_UP_REQUIRED, end.failure());
          } else {
            assertLetIn(row, role, end);
          }
        });
  }

  /** Whatever becomes of a request with nothing in it, it is not for want of a right. */
  private static void assertLetIn(RightsMatrix.Row row, Role role, RawCalls.End end) {
    assertTrue(
        Set.of(
                Status.Code.OK,
                Status.Code.INVALID_ARGUMENT,
                Status.Code.NOT_FOUND,
                Status.Code.FAILED_PRECONDITION,
                Status.Code.UNAVAILABLE)
            .contains(end.status().getCode()),
        row + " as " + role + ": " + end);
  }

  private static OidcLogin.Tokens tokens(Role role) {
    return Objects.requireNonNull(TOKENS.get(role));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
        "grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo",
        "grpc.channelz.v1.Channelz/GetTopChannels",
        "inference.GRPCInferenceService/Nothing",
        "inference.GRPCInferenceService/modelinfer",
        "inference.grpcinferenceservice/ModelInfer",
        "inference.GRPCInferenceService/ModelInfer/",
        "/inference.GRPCInferenceService/ModelInfer",
        "gatehouse.admin.v1.CallersService/",
        "x/y"
      })
  void method_thatIsNotThere_isUnimplemented(String method) {
    for (Metadata headers : List.of(new Metadata(), RawCalls.headers(gateway.administrator()))) {
      RawCalls.End end = call(method, headers);
      Refused.plainly(
          Status.Code.UNIMPLEMENTED,
          () -> {
            throw end.failure();
          });
    }
  }
}
