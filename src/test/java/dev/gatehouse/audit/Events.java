package dev.gatehouse.audit;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.gatehouse.audit.AuditEvent.AdministrativeChange;
import dev.gatehouse.audit.AuditEvent.InferenceCall;
import dev.gatehouse.audit.AuditEvent.PlainCall;
import dev.gatehouse.core.Caller;
import dev.gatehouse.core.CallerId;
import dev.gatehouse.core.ModelName;
import dev.gatehouse.core.Outcome;
import dev.gatehouse.core.Reason;
import dev.gatehouse.core.Role;
import dev.gatehouse.core.SystemTime;
import dev.gatehouse.core.TeamName;
import dev.gatehouse.core.VersionId;
import dev.gatehouse.testing.TestCallers;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** Events for the tests of this room, and readers of what became of them. */
final class Events {

  static final Caller CALLER =
      TestCallers.caller(
          new CallerId("fraud-scoring"),
          new TeamName("payments"),
          Set.of(Role.CALLER),
          "0123456789abcdef",
          Instant.MAX);

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final long WAIT_NANOS_MAX = 60_000_000_000L;

  private Events() {}

  static InferenceCall call(long rows) {
    return new InferenceCall(
        CALLER,
        new ModelName("digits"),
        new VersionId("v1"),
        "grant-7",
        rows,
        256,
        40,
        Outcome.OK,
        1_500_000);
  }

  static AdministrativeChange change(String resource) {
    return new AdministrativeChange(
        CALLER,
        "gatehouse.admin.v1.GrantsService/CreateGrant",
        resource,
        Outcome.refused(Reason.ALREADY_EXISTS),
        2_000);
  }

  static PlainCall refused(String model) {
    return new PlainCall(
        null,
        "inference.GRPCInferenceService/ModelInfer",
        model,
        12,
        Outcome.refused(Reason.CREDENTIAL_INVALID),
        3_000);
  }

  /** The entries of a file; fails if a line is not a whole JSON object. */
  static List<JsonNode> read(Path file) {
    try {
      String text = Files.readString(file, StandardCharsets.US_ASCII);
      List<JsonNode> entries = new ArrayList<>();
      for (String line : text.split("\n", -1)) {
        if (!line.isEmpty()) {
          entries.add(parse(line));
        }
      }
      return entries;
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  static JsonNode parse(String line) {
    try {
      return JSON.readTree(line);
    } catch (IOException failure) {
      throw new UncheckedIOException("no JSON: " + line, failure);
    }
  }

  /** Waits until {@code condition} holds; fails after a minute. */
  static void await(String what, BooleanSupplier condition) {
    long start = SystemTime.ticker().nanos();
    while (!condition.getAsBoolean()) {
      if (SystemTime.ticker().nanos() - start > WAIT_NANOS_MAX) {
        throw new AssertionError("never happened: " + what);
      }
      LockSupport.parkNanos(1_000_000);
    }
  }
}
