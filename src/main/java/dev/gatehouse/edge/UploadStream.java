package dev.gatehouse.edge;

import com.google.protobuf.ByteString;
import dev.gatehouse.access.Authentication;
import dev.gatehouse.core.Caller;
import dev.gatehouse.core.CurrentTrace;
import dev.gatehouse.core.Refusal;
import dev.gatehouse.core.RefusedException;
import dev.gatehouse.core.Right;
import dev.gatehouse.registry.Sha256;
import dev.gatehouse.serving.NewVersion;
import dev.gatehouse.serving.Upload;
import dev.gatehouse.serving.VersionAdministration;
import dev.gatehouse.stubs.admin.v1.ModelVersion;
import dev.gatehouse.stubs.admin.v1.UploadModelVersionRequest;
import dev.gatehouse.stubs.admin.v1.UploadStart;
import io.grpc.stub.StreamObserver;
import java.nio.ByteBuffer;
import java.util.Iterator;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * One upload: a start, then chunks. Whatever ends it before the last chunk leaves nothing behind.
 *
 * <p>The call's events come one at a time, so its state needs no lock; {@link #abandon} is one of
 * them.
 */
final class UploadStream implements StreamObserver<UploadModelVersionRequest> {

  /** The most bytes of one chunk. */
  static final int CHUNK_BYTES_MAX = 4 << 20;

  private final VersionAdministration versions;
  private final CallContext call;
  private final Supplier<Authentication> watch;
  private final StreamObserver<ModelVersion> observer;
  private @Nullable Upload upload;
  private boolean over;

  /**
   * An upload.
   *
   * @param watch says what the credential is worth now, since an upload may take long
   */
  UploadStream(
      VersionAdministration versions,
      CallContext call,
      Supplier<Authentication> watch,
      StreamObserver<ModelVersion> observer) {
    this.versions = versions;
    this.call = call;
    this.watch = watch;
    this.observer = observer;
  }

  @Override
  public void onNext(UploadModelVersionRequest message) {
    if (over) {
      return;
    }
    try {
      requireWelcome();
      switch (message.getPartCase()) {
        case START -> start(message.getStart());
        case CHUNK -> chunk(message.getChunk());
        case PART_NOT_SET -> throw ResourceNames.invalid("part", "a start or a chunk");
      }
    } catch (RuntimeException e) {
      abandon();
      throw e;
    }
    call.consumed();
  }

  private void requireWelcome() {
    switch (watch.get()) {
      case Authentication.Accepted(Caller now) -> {
        if (!now.holds(Right.PUBLISH_MODELS)) {
          throw new RefusedException(new Refusal.AccessDenied());
        }
      }
      case Authentication.Refused refused -> throw new RefusedException(refused.refusal());
    }
  }

  private void start(UploadStart start) {
    if (upload != null) {
      throw ResourceNames.invalid("start", "only in the first message");
    }
    Caller caller = call.requireCaller();
    call.names(start.getParent() + "/versions/" + start.getVersionId());
    if (start.getSha256().size() != Sha256.BYTES) {
      throw ResourceNames.invalid("start.sha256", "32 bytes");
    }
    upload =
        versions.upload(
            caller,
            new NewVersion(
                ResourceNames.model("start.parent", start.getParent()),
                ResourceNames.versionId("start.version_id", start.getVersionId()),
                Sha256.ofBytes(start.getSha256().toByteArray()),
                start.getSizeBytes(),
                SignatureMessages.read("start.signature", start.getSignature())));
  }

  private void chunk(ByteString chunk) {
    Upload running = upload;
    if (running == null) {
      throw ResourceNames.invalid("start", "comes before the first chunk");
    }
    if (chunk.size() > CHUNK_BYTES_MAX) {
      throw ResourceNames.invalid("chunk", "at most 4 MiB");
    }
    Iterator<ByteBuffer> pieces = chunk.asReadOnlyByteBufferList().iterator();
    while (pieces.hasNext()) {
      running.write(pieces.next());
    }
  }

  @Override
  public void onCompleted() {
    if (over) {
      return;
    }
    Upload running = upload;
    if (running == null) {
      over = true;
      throw ResourceNames.invalid("start", "is missing");
    }
    try {
      requireWelcome();
      ModelVersion version =
          ModelVersionsEndpoint.message(CurrentTrace.during(call.trace(), running::finish));
      call.recorded();
      observer.onNext(version);
      observer.onCompleted();
    } finally {
      abandon();
    }
  }

  @Override
  public void onError(Throwable cancelled) {
    abandon();
  }

  /** Ends the upload; nothing stays unless it was finished. */
  void abandon() {
    over = true;
    Upload running = upload;
    upload = null;
    if (running != null) {
      running.close();
    }
  }
}
