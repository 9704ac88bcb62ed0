package dev.gatehouse.edge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.Descriptors.FileDescriptor;
import dev.gatehouse.core.Reason;
import dev.gatehouse.stubs.admin.v1.CallersServiceProto;
import dev.gatehouse.stubs.admin.v1.GrantsServiceProto;
import dev.gatehouse.stubs.admin.v1.ModelRegistryServiceProto;
import dev.gatehouse.stubs.admin.v1.ModelVersionsServiceProto;
import dev.gatehouse.stubs.inference.OpenInferenceProto;
import dev.gatehouse.testing.Folders;
import dev.gatehouse.testing.RawCalls;
import dev.gatehouse.testing.Realm;
import dev.gatehouse.testing.Refused;
import dev.gatehouse.testing.SharedGateway;
import io.grpc.CallOptions;
import io.grpc.Metadata;
import io.grpc.Status;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
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

/** Every method the protobuf files name, called as nobody and as a mere caller. */
final class EveryMethodIT {

  private static final Set<String> OPEN =
      Set.of(
          "inference.GRPCInferenceService/ServerLive",
          "inference.GRPCInferenceService/ServerReady",
          "grpc.health.v1.Health/Check",
          "grpc.health.v1.Health/Watch");

  /** Methods that answer every caller, with what it may see, or each message on its own. */
  private static final Set<String> FOR_EVERY_CALLER =
      Stream.of("ServerMetadata", "ModelStatistics", "RepositoryIndex", "ModelStreamInfer")
          .map(name -> "inference.GRPCInferenceService/" + name)
          .collect(Collectors.toUnmodifiableSet());

  private static SharedGateway gateway;

  @BeforeAll
  static void start() {
    gateway = SharedGateway.get();
  }

  static Stream<String> methods() {
    return Stream.of(
            OpenInferenceProto.getDescriptor(),
            CallersServiceProto.getDescriptor(),
            GrantsServiceProto.getDescriptor(),
            ModelRegistryServiceProto.getDescriptor(),
            ModelVersionsServiceProto.getDescriptor(),
            grpc.health.v1.HealthOuterClass.getDescriptor())
        .map(FileDescriptor::getServices)
        .flatMap(List::stream)
        .flatMap(service -> service.getMethods().stream())
        .map(method -> method.getService().getFullName() + "/" + method.getName())
        .sorted();
  }

  /** The folder of protobuf files is read as text, so that no file can be forgotten above. */
  @Test
  void methods_ofTheProtoFolder_areAllEnumerated() throws IOException {
    Set<String> written = new TreeSet<>();
    try (Stream<Path> files = Files.walk(Folders.project("proto"))) {
      files.filter(file -> file.toString().endsWith(".proto")).forEach(f -> add(f, written));
    }
    Set<String> known =
        methods().filter(m -> !m.startsWith("grpc.health.")).collect(Collectors.toSet());
    assertEquals(written, new TreeSet<>(known));
    assertTrue(written.size() >= 30, written.toString());
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
    call.call().sendMessage(new byte[0]);
    call.call().halfClose();
    if (method.equals("grpc.health.v1.Health/Watch")) {
      assertTrue(call.first().join().length > 0);
      call.call().cancel("seen", null);
      return new RawCalls.End(1, Status.OK, new Metadata());
    }
    return call.await();
  }

  @ParameterizedTest
  @MethodSource("methods")
  void method_withoutCredential_isDeniedUnlessHealth(String method) {
    RawCalls.End end = call(method, new Metadata());
    if (OPEN.contains(method)) {
      assertEquals(Status.Code.OK, end.status().getCode(), method);
    } else {
      Refused.is(Status.Code.UNAUTHENTICATED, Reason.CREDENTIAL_INVALID, end.failure());
      assertEquals(0, end.messages());
    }
  }

  @ParameterizedTest
  @MethodSource("methods")
  void method_asMereCaller_isDeniedUnlessDataPlane(String method) {
    RawCalls.End end = call(method, RawCalls.headers(gateway.tokens(Realm.ORDERS)));
    if (OPEN.contains(method) || FOR_EVERY_CALLER.contains(method)) {
      assertEquals(Status.Code.OK, end.status().getCode(), method);
    } else {
      // Either not its right, or a model without a name, which is not there for anybody.
      Refused.is(Status.Code.PERMISSION_DENIED, Reason.ACCESS_DENIED, end.failure());
    }
  }

  @ParameterizedTest
  @MethodSource("methods")
  void method_ofCallersService_isForAdministratorsOnly(String method) {
    RawCalls.End end = call(method, RawCalls.headers(gateway.tokens(SharedGateway.PIPELINE)));
    if (method.startsWith("gatehouse.admin.v1.CallersService/")) {
      Refused.is(Status.Code.PERMISSION_DENIED, Reason.ACCESS_DENIED, end.failure());
    } else {
      assertNotEquals(Status.Code.INTERNAL, end.status().getCode(), end.toString());
      assertNotEquals(Status.Code.UNKNOWN, end.status().getCode(), end.toString());
    }
  }

  @ParameterizedTest
  @MethodSource("methods")
  void method_asAdministratorWithNothingInIt_saysWhatIsMissing(String method) {
    RawCalls.End end = call(method, RawCalls.headers(gateway.administrator()));
    assertTrue(
        Set.of(Status.Code.OK, Status.Code.INVALID_ARGUMENT, Status.Code.PERMISSION_DENIED)
            .contains(end.status().getCode()),
        end.toString());
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
