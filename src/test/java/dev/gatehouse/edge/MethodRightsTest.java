package dev.gatehouse.edge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import dev.gatehouse.core.Right;
import dev.gatehouse.stubs.admin.v1.CallersServiceGrpc;
import dev.gatehouse.stubs.admin.v1.GrantsServiceGrpc;
import dev.gatehouse.stubs.admin.v1.ModelRegistryServiceGrpc;
import dev.gatehouse.stubs.admin.v1.ModelVersionsServiceGrpc;
import dev.gatehouse.stubs.inference.GRPCInferenceServiceGrpc;
import grpc.health.v1.HealthGrpc;
import io.grpc.MethodDescriptor;
import io.grpc.ServiceDescriptor;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

final class MethodRightsTest {

  private static Stream<MethodDescriptor<?, ?>> methods() {
    return Stream.of(
            GRPCInferenceServiceGrpc.getServiceDescriptor(),
            ModelRegistryServiceGrpc.getServiceDescriptor(),
            ModelVersionsServiceGrpc.getServiceDescriptor(),
            CallersServiceGrpc.getServiceDescriptor(),
            GrantsServiceGrpc.getServiceDescriptor(),
            HealthGrpc.getServiceDescriptor())
        .map(ServiceDescriptor::getMethods)
        .flatMap(methods -> methods.stream());
  }

  @Test
  void of_everyMethodBound_isListed() {
    methods().forEach(method -> assertNotNull(MethodRights.of(method), method::toString));
  }

  @Test
  void of_methodsOpenToAll_areHealthAlone() {
    Set<String> open = new TreeSet<>();
    methods()
        .filter(method -> MethodRights.of(method) instanceof MethodRights.Demand.Open)
        .forEach(method -> open.add(method.getFullMethodName()));
    assertEquals(
        Set.of(
            "grpc.health.v1.Health/Check",
            "grpc.health.v1.Health/Watch",
            "inference.GRPCInferenceService/ServerLive",
            "inference.GRPCInferenceService/ServerReady"),
        open);
  }

  @Test
  void of_administration_asksForMoreThanToInfer() {
    methods()
        .filter(method -> method.getFullMethodName().startsWith("gatehouse.admin."))
        .forEach(
            method -> {
              MethodRights.Demand.Holding holding =
                  assertInstanceOf(MethodRights.Demand.Holding.class, MethodRights.of(method));
              assertEquals(false, holding.right() == Right.INFER, method::getFullMethodName);
            });
  }

  @Test
  void of_unknownMethod_isNull() {
    MethodDescriptor<?, ?> infer = GRPCInferenceServiceGrpc.getModelInferMethod();
    for (String name :
        new String[] {
          "inference.GRPCInferenceService/Modelinfer", "inference.GRPCInferenceService/", "x/y"
        }) {
      assertNull(MethodRights.of(infer.toBuilder().setFullMethodName(name).build()));
    }
  }
}
