package dev.gatehouse.testing;

import com.google.protobuf.ByteString;
import com.google.protobuf.Timestamp;
import dev.gatehouse.core.SystemTime;
import dev.gatehouse.stubs.admin.v1.CreateGrantRequest;
import dev.gatehouse.stubs.admin.v1.CreateModelRequest;
import dev.gatehouse.stubs.admin.v1.DeployModelVersionRequest;
import dev.gatehouse.stubs.admin.v1.Deployment;
import dev.gatehouse.stubs.admin.v1.GetModelVersionRequest;
import dev.gatehouse.stubs.admin.v1.Grant;
import dev.gatehouse.stubs.admin.v1.Model;
import dev.gatehouse.stubs.admin.v1.ModelVersion;
import dev.gatehouse.stubs.admin.v1.ModelVersionsServiceGrpc.ModelVersionsServiceBlockingStub;
import dev.gatehouse.stubs.admin.v1.Signature;
import dev.gatehouse.stubs.admin.v1.TensorSpec;
import dev.gatehouse.stubs.admin.v1.UploadModelVersionRequest;
import dev.gatehouse.stubs.admin.v1.UploadStart;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

/** A publisher at the admin API: brings a model into service and lets callers use it. */
public final class ModelPublisher {

  /** How long a deployment may take. */
  public static final Duration DEPLOY_MAX = Duration.ofMinutes(2);

  private static final int CHUNK_BYTES = 1 << 20;
  private static final Duration GRANT_LIFETIME = Duration.ofDays(1);

  private final GatewayClient gateway;
  private final Supplier<OidcLogin.Tokens> tokens;
  private final Supplier<OidcLogin.Tokens> grantTokens;

  /** Acts at {@code gateway} as the person that {@code tokens} belong to. */
  public ModelPublisher(GatewayClient gateway, OidcLogin.Tokens tokens) {
    this(gateway, () -> tokens, () -> tokens);
  }

  /**
   * Acts at {@code gateway} as two publishers of one team, whose tokens are asked for anew for
   * every call.
   *
   * @param tokens of a person or service that brings models
   * @param grantTokens of a person, who logged in with a one-time code
   */
  public ModelPublisher(
      GatewayClient gateway,
      Supplier<OidcLogin.Tokens> tokens,
      Supplier<OidcLogin.Tokens> grantTokens) {
    this.gateway = gateway;
    this.tokens = tokens;
    this.grantTokens = grantTokens;
  }

  /** One input or output of a signature. */
  public static TensorSpec tensor(String name, String datatype, long... shape) {
    TensorSpec.Builder spec = TensorSpec.newBuilder().setName(name).setDatatype(datatype);
    for (long dimension : shape) {
      spec.addShape(dimension);
    }
    return spec.build();
  }

  /** A signature. */
  public static Signature signature(List<TensorSpec> inputs, List<TensorSpec> outputs) {
    return Signature.newBuilder().addAllInputs(inputs).addAllOutputs(outputs).build();
  }

  /** Creates a model of the publisher's team. */
  public Model createModel(String modelId, String displayName) {
    return gateway
        .models(tokens.get())
        .createModel(
            CreateModelRequest.newBuilder()
                .setModelId(modelId)
                .setModel(Model.newBuilder().setDisplayName(displayName))
                .build());
  }

  /**
   * Uploads a version from a file.
   *
   * @throws java.util.concurrent.CompletionException with the refusal as its cause
   */
  public ModelVersion upload(String modelId, String versionId, Path file, Signature signature) {
    byte[] bytes = read(file);
    UploadStart start =
        UploadStart.newBuilder()
            .setParent("models/" + modelId)
            .setVersionId(versionId)
            .setSha256(ByteString.copyFrom(sha256(bytes)))
            .setSizeBytes(bytes.length)
            .setSignature(signature)
            .build();
    Answer<ModelVersion> answer = new Answer<>();
    StreamObserver<UploadModelVersionRequest> stream =
        gateway.uploads(tokens.get()).uploadModelVersion(answer);
    stream.onNext(UploadModelVersionRequest.newBuilder().setStart(start).build());
    for (int offset = 0; offset < bytes.length; offset += CHUNK_BYTES) {
      int length = Math.min(CHUNK_BYTES, bytes.length - offset);
      ByteString chunk = ByteString.copyFrom(bytes, offset, length);
      stream.onNext(UploadModelVersionRequest.newBuilder().setChunk(chunk).build());
    }
    stream.onCompleted();
    return answer.future.join();
  }

  /**
   * Deploys a version and polls its state until it is ready.
   *
   * @param name {@code models/{model}/versions/{version}}
   * @throws IllegalStateException with the failure, if it does not become ready
   */
  public ModelVersion deploy(String name, Deployment deployment) {
    return deploy(
        DeployModelVersionRequest.newBuilder().setName(name).setDeployment(deployment).build());
  }

  /**
   * Deploys a version in place of the default one and polls its state until it is ready.
   *
   * @throws IllegalStateException as {@link #deploy(String, Deployment)}
   */
  public ModelVersion replaceDefault(String name, Deployment deployment) {
    return deploy(
        DeployModelVersionRequest.newBuilder()
            .setName(name)
            .setDeployment(deployment)
            .setRollout(DeployModelVersionRequest.Rollout.ROLLOUT_REPLACE_DEFAULT)
            .build());
  }

  private ModelVersion deploy(DeployModelVersionRequest request) {
    String name = request.getName();
    ModelVersionsServiceBlockingStub versions = gateway.versions(tokens.get());
    ModelVersion deploying = versions.deployModelVersion(request);
    if (deploying.getState() == ModelVersion.State.STATE_READY) {
      return deploying;
    }
    GetModelVersionRequest get = GetModelVersionRequest.newBuilder().setName(name).build();
    Await.until(
        DEPLOY_MAX,
        () -> versions.getModelVersion(get).getState() != ModelVersion.State.STATE_DEPLOYING);
    ModelVersion version = versions.getModelVersion(get);
    if (version.getState() != ModelVersion.State.STATE_READY) {
      throw new IllegalStateException(
          name + " is " + version.getState() + ": " + version.getFailure());
    }
    return version;
  }

  /** Grants a caller to run a model for a day. */
  public Grant grantInfer(String modelId, String callerId) {
    Instant end = SystemTime.wall().instant().plus(GRANT_LIFETIME);
    Grant grant =
        Grant.newBuilder()
            .setCaller("callers/" + callerId)
            .addActions(Grant.Action.ACTION_INFER)
            .setExpireTime(Timestamp.newBuilder().setSeconds(end.getEpochSecond()))
            .build();
    return gateway
        .grants(grantTokens.get())
        .createGrant(
            CreateGrantRequest.newBuilder().setParent("models/" + modelId).setGrant(grant).build());
  }

  private static byte[] read(Path file) {
    try {
      return Files.readAllBytes(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static byte[] sha256(byte[] bytes) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(bytes);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  /** The one answer of a client-streaming call. */
  private static final class Answer<T> implements StreamObserver<T> {
    private final CompletableFuture<T> future = new CompletableFuture<>();

    @Override
    public void onNext(T value) {
      future.complete(value);
    }

    @Override
    public void onError(Throwable failure) {
      future.completeExceptionally(failure);
    }

    @Override
    public void onCompleted() {
      future.completeExceptionally(new IllegalStateException("the call ended without an answer"));
    }
  }
}
