package dev.gatehouse.demo;

import dev.gatehouse.stubs.admin.v1.AuditCheckpoint;
import dev.gatehouse.stubs.admin.v1.AuditEntry;
import dev.gatehouse.stubs.admin.v1.AuditFilter;
import dev.gatehouse.stubs.admin.v1.Caller;
import dev.gatehouse.stubs.admin.v1.CreateCallerRequest;
import dev.gatehouse.stubs.admin.v1.GetAuditCheckpointRequest;
import dev.gatehouse.stubs.admin.v1.ListAuditEntriesRequest;
import dev.gatehouse.stubs.admin.v1.ListAuditEntriesResponse;
import dev.gatehouse.stubs.admin.v1.ProveAuditEntryRequest;
import dev.gatehouse.testing.Await;
import dev.gatehouse.testing.CommandLineTool;
import dev.gatehouse.testing.CommandLineTool.Result;
import dev.gatehouse.testing.GatewayClient;
import dev.gatehouse.testing.GatewayProcess;
import dev.gatehouse.testing.OidcLogin;
import dev.gatehouse.testing.PostgresServer;
import dev.gatehouse.testing.Realm;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * The last part of the quickstart: the record of all that came before is exported, found to be
 * whole, and a copy in which an entry was changed is not.
 */
final class AuditTour {

  private static final Duration ANCHORED_MAX = Duration.ofMinutes(1);
  private static final int CALLS_SHOWN = 3;

  private final Report report;
  private final GatewayProcess gateway;
  private final GatewayClient client;
  private final PostgresServer.Database database;

  AuditTour(
      Report report,
      GatewayProcess gateway,
      GatewayClient client,
      PostgresServer.Database database) {
    this.report = report;
    this.gateway = gateway;
    this.client = client;
    this.database = database;
  }

  /** Shows it; ada has logged in with password and one-time code. */
  void show(OidcLogin.Tokens ada, OidcLogin login) {
    register(ada);
    OidcLogin.Tokens audrey = login.person(Realm.AUDREY);
    report.line("the record, as audrey sees it, who is auditor:");
    AuditEntry last = calls(audrey);
    awaitAnchor(audrey, last);
    AuditCheckpoint checkpoint =
        client.audit(audrey).getAuditCheckpoint(GetAuditCheckpointRequest.getDefaultInstance());
    report.line("  public key of its checkpoints: " + checkpoint.getVerifierKey());
    try {
      export(audrey, checkpoint.getVerifierKey());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    live(checkpoint.getVerifierKey());
  }

  private void register(OidcLogin.Tokens ada) {
    Caller audrey =
        client
            .callers(ada)
            .createCaller(
                CreateCallerRequest.newBuilder()
                    .setCallerId("audrey")
                    .setCaller(
                        Caller.newBuilder()
                            .setTeam("audit")
                            .setKind(Caller.Kind.KIND_PERSON)
                            .setSubject(Realm.AUDREY.subject())
                            .addRoles(Caller.Role.ROLE_AUDITOR))
                    .build());
    report.step("ada registered " + audrey.getName() + " as auditor");
  }

  private AuditEntry calls(OidcLogin.Tokens audrey) {
    ListAuditEntriesResponse entries =
        client
            .audit(audrey)
            .listAuditEntries(
                ListAuditEntriesRequest.newBuilder()
                    .setFilter(
                        AuditFilter.newBuilder()
                            .setLog(AuditEntry.Log.LOG_JOURNAL)
                            .setModel("models/" + Quickstart.MODEL)
                            .setOutcome("OK"))
                    .setPageSize(1000)
                    .build());
    // Beside the calls to the model there are those that read about it.
    List<AuditEntry> calls =
        entries.getAuditEntriesList().stream()
            .filter(entry -> entry.getKind().equals("intent"))
            .toList();
    for (AuditEntry call : calls.subList(0, CALLS_SHOWN)) {
      report.line(
          "  %s ran %s of %s rows in %d us, for grant %s"
              .formatted(
                  call.getFieldsOrThrow("caller"),
                  call.getFieldsOrThrow("model"),
                  call.getFieldsOrThrow("rows"),
                  call.getOutcome().getLatencyMicros(),
                  call.getFieldsOrThrow("grant")));
    }
    report.line("  and so on: " + calls.size() + " calls that were answered");
    return calls.getLast();
  }

  private void awaitAnchor(OidcLogin.Tokens audrey, AuditEntry entry) {
    boolean anchored =
        Await.until(
            ANCHORED_MAX,
            () -> {
              try {
                var unused =
                    client
                        .audit(audrey)
                        .proveAuditEntry(
                            ProveAuditEntryRequest.newBuilder().setName(entry.getName()).build());
                return true;
              } catch (StatusRuntimeException notYet) {
                return false;
              }
            });
    report.expect("the last call can be proved", true, anchored);
  }

  private void export(OidcLogin.Tokens audrey, String key) throws IOException {
    Path folder = Files.createTempDirectory(gateway.folder(), "audit-");
    Path token = folder.resolve("token");
    Files.writeString(token, audrey.accessToken());
    Path export = folder.resolve("record.jsonl");
    Result exported =
        CommandLineTool.run(
            Map.of(),
            List.of(
                "audit",
                "export",
                "--server",
                "127.0.0.1:" + gateway.grpcPort(),
                "--plaintext",
                "--token-file",
                token.toString(),
                "--out",
                export.toString()));
    Files.delete(token);
    report.step("gatehouse audit export wrote " + Files.size(export) + " bytes: " + export);
    report.expect("the export", 0, exported.status());
    Result verified = verify(export, key);
    report.step("gatehouse audit verify says: " + lastLine(verified.out()));
    report.expect("the record verifies", 0, verified.status());

    Path tampered = folder.resolve("tampered.jsonl");
    String orders = "\"caller\":\"" + Realm.ORDERS.clientId() + "\"";
    String returns = "\"caller\":\"" + Realm.RETURNS.clientId() + "\"";
    Files.writeString(tampered, Files.readString(export).replaceFirst(orders, returns));
    Result caught = verify(tampered, key);
    report.step(
        "a copy in which one call is given to somebody else: " + firstLine(caught.errors()));
    report.expect("the tampered copy does not verify", 1, caught.status());
  }

  private static Result verify(Path export, String key) {
    return CommandLineTool.run(
        Map.of(), List.of("audit", "verify", "--export", export.toString(), "--key", key));
  }

  private void live(String key) {
    Result verified =
        CommandLineTool.run(
            Map.of("PGPASSWORD", database.password()),
            List.of(
                "audit",
                "verify",
                "--database",
                database.jdbcUrl(),
                "--database-user",
                database.user(),
                "--journals",
                gateway.folder().resolve("gatehouse-data/audit").toString(),
                "--checkpoints",
                gateway.folder().resolve("gatehouse-data/checkpoints").toString(),
                "--key",
                key));
    report.step("gatehouse audit verify, on the live stores: " + lastLine(verified.out()));
    report.expect("the live record verifies, " + verified.errors(), 0, verified.status());
  }

  private static String firstLine(String text) {
    return text.lines().findFirst().orElse("nothing");
  }

  private static String lastLine(String text) {
    return text.lines().reduce((one, next) -> next).orElse("nothing");
  }
}
