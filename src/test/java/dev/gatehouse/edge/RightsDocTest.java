package dev.gatehouse.edge;

import dev.gatehouse.core.Right;
import dev.gatehouse.core.Role;
import dev.gatehouse.stubs.admin.v1.CallersServiceGrpc;
import dev.gatehouse.stubs.admin.v1.GrantsServiceGrpc;
import dev.gatehouse.stubs.admin.v1.ModelRegistryServiceGrpc;
import dev.gatehouse.stubs.admin.v1.ModelVersionsServiceGrpc;
import dev.gatehouse.stubs.inference.GRPCInferenceServiceGrpc;
import dev.gatehouse.testing.GeneratedPart;
import grpc.health.v1.HealthGrpc;
import io.grpc.MethodDescriptor;
import io.grpc.ServiceDescriptor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** Holds the tables of docs/rights.md to {@link MethodRights} and {@link Role}. */
final class RightsDocTest {

  private static final List<ServiceDescriptor> SERVICES =
      List.of(
          GRPCInferenceServiceGrpc.getServiceDescriptor(),
          ModelRegistryServiceGrpc.getServiceDescriptor(),
          ModelVersionsServiceGrpc.getServiceDescriptor(),
          GrantsServiceGrpc.getServiceDescriptor(),
          CallersServiceGrpc.getServiceDescriptor(),
          HealthGrpc.getServiceDescriptor());

  @Test
  void tables_ofMethodsAndRoles_areThoseOfTheCode() {
    List<String> lines = new ArrayList<>();
    lines.add("### Roles");
    lines.add("");
    lines.add("| right | " + roles(role -> "`" + role.claim() + "`") + " |");
    lines.add("|---|" + "---|".repeat(Role.values().length));
    for (Right right : Right.values()) {
      String held = roles(role -> role.rights().contains(right) ? "yes" : "–");
      lines.add("| `%s` | %s |".formatted(right, held));
    }
    for (ServiceDescriptor service : SERVICES) {
      lines.add("");
      lines.add("### " + service.getName());
      lines.add("");
      lines.add("| method | right |");
      lines.add("|---|---|");
      for (MethodDescriptor<?, ?> method : service.getMethods()) {
        lines.add("| `%s` | %s |".formatted(method.getBareMethodName(), demand(method)));
      }
    }
    GeneratedPart.check("docs/rights.md", lines);
  }

  private static String roles(java.util.function.Function<Role, String> cell) {
    return Arrays.stream(Role.values()).map(cell).collect(Collectors.joining(" | "));
  }

  private static String demand(MethodDescriptor<?, ?> method) {
    return switch (MethodRights.of(method)) {
      case null -> "denied to everybody";
      case MethodRights.Demand.Open open -> "none, and no credential";
      case MethodRights.Demand.Holding holding -> "`" + holding.right() + "`";
    };
  }
}
