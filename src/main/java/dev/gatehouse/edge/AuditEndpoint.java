package dev.gatehouse.edge;

import com.google.protobuf.UnsafeByteOperations;
import dev.gatehouse.access.Authenticator;
import dev.gatehouse.core.Caller;
import dev.gatehouse.core.CurrentTrace;
import dev.gatehouse.serving.AuditExport;
import dev.gatehouse.serving.AuditReading;
import dev.gatehouse.stubs.admin.v1.AuditCheckpoint;
import dev.gatehouse.stubs.admin.v1.AuditConsistencyProof;
import dev.gatehouse.stubs.admin.v1.AuditEntry;
import dev.gatehouse.stubs.admin.v1.AuditEntryProof;
import dev.gatehouse.stubs.admin.v1.AuditServiceGrpc;
import dev.gatehouse.stubs.admin.v1.ExportAuditEntriesRequest;
import dev.gatehouse.stubs.admin.v1.ExportAuditEntriesResponse;
import dev.gatehouse.stubs.admin.v1.GetAuditCheckpointRequest;
import dev.gatehouse.stubs.admin.v1.GetAuditEntryRequest;
import dev.gatehouse.stubs.admin.v1.ListAuditEntriesRequest;
import dev.gatehouse.stubs.admin.v1.ListAuditEntriesResponse;
import dev.gatehouse.stubs.admin.v1.ProveAuditConsistencyRequest;
import dev.gatehouse.stubs.admin.v1.ProveAuditEntryRequest;
import io.grpc.stub.StreamObserver;

/** The record over gRPC. */
final class AuditEndpoint implements AuditServiceGrpc.AsyncService {

  private final AuditReading audit;
  private final Authenticator authenticator;

  AuditEndpoint(AuditReading audit, Authenticator authenticator) {
    this.audit = audit;
    this.authenticator = authenticator;
  }

  @Override
  public void listAuditEntries(
      ListAuditEntriesRequest request, StreamObserver<ListAuditEntriesResponse> observer) {
    Unary.answer(
        observer,
        "auditEntries",
        caller -> {
          AuditReading.Entries entries =
              audit.list(
                  AuditMessages.filter(request.getFilter()),
                  request.getPageSize(),
                  request.getPageToken());
          ListAuditEntriesResponse.Builder response =
              ListAuditEntriesResponse.newBuilder()
                  .setNextPageToken(entries.nextPageToken())
                  .addAllUnreachableJournals(entries.unreachable());
          entries.entries().stream()
              .map(entry -> AuditMessages.entry(entry, audit::digest))
              .forEach(response::addAuditEntries);
          return response.build();
        });
  }

  @Override
  public void getAuditEntry(GetAuditEntryRequest request, StreamObserver<AuditEntry> observer) {
    Unary.answer(
        observer,
        request.getName(),
        caller ->
            AuditMessages.entry(audit.get(AuditMessages.name(request.getName())), audit::digest));
  }

  @Override
  public void getAuditCheckpoint(
      GetAuditCheckpointRequest request, StreamObserver<AuditCheckpoint> observer) {
    Unary.answer(
        observer,
        "auditEntries",
        caller -> {
          AuditReading.Signed signed = audit.checkpoint();
          return AuditCheckpoint.newBuilder()
              .setNote(signed.note().toString())
              .setOrigin(signed.checkpoint().origin())
              .setTreeSize(signed.checkpoint().size())
              .setRootHash(UnsafeByteOperations.unsafeWrap(signed.checkpoint().root().bytes()))
              .setVerifierKey(signed.key().toString())
              .build();
        });
  }

  @Override
  public void proveAuditEntry(
      ProveAuditEntryRequest request, StreamObserver<AuditEntryProof> observer) {
    Unary.answer(
        observer,
        request.getName(),
        caller ->
            AuditMessages.proof(
                audit.prove(AuditMessages.name(request.getName()), request.getTreeSize())));
  }

  @Override
  public void proveAuditConsistency(
      ProveAuditConsistencyRequest request, StreamObserver<AuditConsistencyProof> observer) {
    Unary.answer(
        observer,
        "auditEntries",
        caller ->
            AuditMessages.proof(
                audit.proveConsistency(request.getFirstSize(), request.getSecondSize())));
  }

  @Override
  public void exportAuditEntries(
      ExportAuditEntriesRequest request, StreamObserver<ExportAuditEntriesResponse> observer) {
    CallContext call = CallContext.current();
    call.names("auditEntries");
    Caller caller = call.requireCaller();
    AuditExport export =
        CurrentTrace.during(
            call.trace(),
            () -> audit.export(caller, AuditMessages.exportFilter(request.getFilter())));
    call.recorded();
    ExportSending.start(export, observer, authenticator.watch(caller)::check);
  }
}
