package dev.gatehouse.cli;

import com.google.protobuf.Timestamp;
import dev.gatehouse.audit.Progress;
import dev.gatehouse.audit.export.ExportFilter;
import dev.gatehouse.stubs.admin.v1.AuditFilter;
import dev.gatehouse.stubs.admin.v1.AuditServiceGrpc;
import dev.gatehouse.stubs.admin.v1.ExportAuditEntriesRequest;
import dev.gatehouse.stubs.admin.v1.ExportAuditEntriesResponse;
import io.grpc.CallCredentials;
import io.grpc.ChannelCredentials;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.StatusRuntimeException;
import io.grpc.TlsChannelCredentials;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Iterator;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** An export that a gateway makes, for a caller who may read the record. */
final class ServerExport {

  private static final Metadata.Key<String> AUTHORIZATION =
      Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER);

  @Option(
      names = "--server",
      paramLabel = "HOST:PORT",
      required = true,
      description = "The gateway to ask.")
  private String server = "";

  @Option(
      names = "--token-file",
      paramLabel = "FILE",
      required = true,
      description = "Holds the access token of an auditor.")
  private Path tokenFile = Path.of("");

  @Option(
      names = "--ca",
      paramLabel = "FILE",
      description = "Certificates that vouch for the gateway's; else those of the system.")
  private @Nullable Path authorities;

  @Option(names = "--plaintext", description = "Without TLS: whoever listens has the token.")
  private boolean plaintext;

  /** Writes what the gateway sends, and returns how many entries that are. */
  long export(ExportFilter filter, OutputStream out, Progress progress) throws IOException {
    String token = KeyTexts.file(tokenFile);
    ManagedChannel channel = Grpc.newChannelBuilder(server, transport()).build();
    try {
      Iterator<ExportAuditEntriesResponse> pieces =
          AuditServiceGrpc.newBlockingStub(channel)
              .withCallCredentials(bearer(token))
              .exportAuditEntries(
                  ExportAuditEntriesRequest.newBuilder().setFilter(message(filter)).build());
      long entries = 0;
      while (pieces.hasNext()) {
        ExportAuditEntriesResponse piece = pieces.next();
        piece.getData().writeTo(out);
        progress.advanced("entries", piece.getEntryCount() - entries);
        entries = piece.getEntryCount();
      }
      return entries;
    } catch (StatusRuntimeException e) {
      throw new IOException("the gateway answered " + e.getStatus(), e);
    } finally {
      ManagedChannel unused = channel.shutdownNow();
    }
  }

  private ChannelCredentials transport() throws IOException {
    if (plaintext) {
      return InsecureChannelCredentials.create();
    }
    return authorities == null
        ? TlsChannelCredentials.create()
        : TlsChannelCredentials.newBuilder().trustManager(authorities.toFile()).build();
  }

  private static CallCredentials bearer(String token) {
    return new CallCredentials() {
      @Override
      public void applyRequestMetadata(
          RequestInfo request, Executor executor, MetadataApplier applier) {
        Metadata metadata = new Metadata();
        metadata.put(AUTHORIZATION, "Bearer " + token);
        applier.apply(metadata);
      }
    };
  }

  private static AuditFilter message(ExportFilter filter) {
    AuditFilter.Builder message = AuditFilter.newBuilder();
    if (filter.caller() != null) {
      message.setCaller("callers/" + filter.caller());
    }
    if (filter.model() != null) {
      message.setModel("models/" + filter.model());
    }
    if (filter.action() != null) {
      message.setAction(filter.action());
    }
    if (filter.outcome() != null) {
      message.setOutcome(filter.outcome());
    }
    if (filter.since() != null) {
      message.setStartTime(time(filter.since()));
    }
    if (filter.until() != null) {
      message.setEndTime(time(filter.until()));
    }
    return message.build();
  }

  private static Timestamp time(Instant time) {
    return Timestamp.newBuilder()
        .setSeconds(time.getEpochSecond())
        .setNanos(time.getNano())
        .build();
  }
}
