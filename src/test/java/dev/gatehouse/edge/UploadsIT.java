package dev.gatehouse.edge;

import static dev.gatehouse.testing.Infer.addSub;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import dev.gatehouse.core.Reason;
import dev.gatehouse.stubs.admin.v1.CreateModelRequest;
import dev.gatehouse.stubs.admin.v1.DeployModelVersionRequest;
import dev.gatehouse.stubs.admin.v1.GetModelVersionRequest;
import dev.gatehouse.stubs.admin.v1.ListModelVersionsRequest;
import dev.gatehouse.stubs.admin.v1.Model;
import dev.gatehouse.stubs.admin.v1.ModelVersion;
import dev.gatehouse.stubs.admin.v1.Signature;
import dev.gatehouse.stubs.admin.v1.UploadModelVersionRequest;
import dev.gatehouse.stubs.admin.v1.UploadStart;
import dev.gatehouse.testing.Await;
import dev.gatehouse.testing.Infer;
import dev.gatehouse.testing.ModelPublisher;
import dev.gatehouse.testing.OidcLogin;
import dev.gatehouse.testing.Realm;
import dev.gatehouse.testing.Refused;
import dev.gatehouse.testing.SampleModels;
import dev.gatehouse.testing.SharedGateway;
import io.grpc.Status;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Uploads that go wrong: none leaves a version or a file behind. */
final class UploadsIT {

  private static final String MODEL = "uploads";
  private static final Duration GONE_MAX = Duration.ofSeconds(30);

  private static SharedGateway gateway;
  private static byte[] good;
  private static int number;

  private TreeSet<String> files = new TreeSet<>();

  @BeforeAll
  static void start() throws IOException {
    gateway = SharedGateway.get();
    good = Files.readAllBytes(SharedGateway.sample("add_sub.pt"));
    var unused = gateway.publisher().createModel(MODEL, "Uploads");
  }

  @org.junit.jupiter.api.BeforeEach
  void remember() {
    files = files();
  }

  @AfterEach
  void gateway_afterwards_answers() {
    var response =
        gateway.client().inference(gateway.tokens(Realm.ORDERS)).modelInfer(addSub(1, 2).build());
    assertEquals(3, Infer.intsOf(response, 0).getFirst());
  }

  private static TreeSet<String> files() {
    try (Stream<Path> all = Files.walk(gateway.artifacts())) {
      TreeSet<String> files = new TreeSet<>();
      all.filter(Files::isRegularFile).forEach(file -> files.add(file.toString()));
      return files;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void assertNothingStays(String version) {
    Await.until(GONE_MAX, () -> files().equals(files));
    assertEquals(files, files());
    Refused.with(Status.Code.NOT_FOUND, Reason.NOT_FOUND, () -> get(version));
  }

  private static ModelVersion get(String version) {
    return gateway
        .client()
        .versions(gateway.tokens(SharedGateway.PIPELINE))
        .getModelVersion(
            GetModelVersionRequest.newBuilder()
                .setName("models/" + MODEL + "/versions/" + version)
                .build());
  }

  private static String version() {
    return "v" + ++number;
  }

  private static UploadStart.Builder startOf(String version, byte[] bytes) {
    return UploadStart.newBuilder()
        .setParent("models/" + MODEL)
        .setVersionId(version)
        .setSha256(ByteString.copyFrom(sha256(bytes)))
        .setSizeBytes(bytes.length)
        .setSignature(SampleModels.ADD_SUB);
  }

  private static byte[] sha256(byte[] bytes) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(bytes);
    } catch (java.security.NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  private static UploadModelVersionRequest start(UploadStart.Builder start) {
    return UploadModelVersionRequest.newBuilder().setStart(start).build();
  }

  private static UploadModelVersionRequest chunk(byte[] bytes) {
    return UploadModelVersionRequest.newBuilder().setChunk(ByteString.copyFrom(bytes)).build();
  }

  /** An upload that runs. */
  private static final class Running
      implements ClientResponseObserver<UploadModelVersionRequest, ModelVersion> {
    private final CompletableFuture<ModelVersion> answer = new CompletableFuture<>();
    private @Nullable ClientCallStreamObserver<UploadModelVersionRequest> stream;

    static Running begin(OidcLogin.Tokens tokens) {
      Running running = new Running();
      var unused = gateway.client().uploads(tokens).uploadModelVersion(running);
      return running;
    }

    ClientCallStreamObserver<UploadModelVersionRequest> stream() {
      return Objects.requireNonNull(stream);
    }

    @Override
    public void beforeStart(ClientCallStreamObserver<UploadModelVersionRequest> observer) {
      stream = observer;
    }

    @Override
    public void onNext(ModelVersion value) {
      answer.complete(value);
    }

    @Override
    public void onError(Throwable failure) {
      answer.completeExceptionally(failure);
    }

    @Override
    public void onCompleted() {}
  }

  private static ModelVersion upload(UploadModelVersionRequest... messages) {
    Running running = Running.begin(gateway.tokens(SharedGateway.PIPELINE));
    for (UploadModelVersionRequest message : messages) {
      running.stream().onNext(message);
    }
    running.stream().onCompleted();
    return running.answer.orTimeout(60, java.util.concurrent.TimeUnit.SECONDS).join();
  }

  private static void invalid(UploadModelVersionRequest... messages) {
    Refused.with(Status.Code.INVALID_ARGUMENT, Reason.ARGUMENT_INVALID, () -> upload(messages));
  }

  private static String artifactInvalid(UploadModelVersionRequest... messages) {
    return String.valueOf(
        Refused.with(Status.Code.INVALID_ARGUMENT, Reason.ARTIFACT_INVALID, () -> upload(messages))
            .getStatus()
            .getDescription());
  }

  @Test
  void upload_wrongDigest_leavesNothing() {
    String version = version();
    byte[] other = good.clone();
    other[other.length / 2] ^= 1;
    artifactInvalid(start(startOf(version, good)), chunk(other));
    assertNothingStays(version);
  }

  @Test
  void upload_wrongSize_leavesNothing() {
    String version = version();
    artifactInvalid(start(startOf(version, good).setSizeBytes(good.length + 1)), chunk(good));
    artifactInvalid(start(startOf(version, good).setSizeBytes(good.length - 1)), chunk(good));
    artifactInvalid(start(startOf(version, good)), chunk(good), chunk(new byte[1]));
    artifactInvalid(start(startOf(version, good)));
    assertNothingStays(version);
  }

  @ParameterizedTest
  @ValueSource(longs = {0, -1, Long.MIN_VALUE, Long.MAX_VALUE, (1L << 30) + 1})
  void upload_sizeThatCannotBe_isRefusedAtItsStart(long size) {
    String version = version();
    Running running = Running.begin(gateway.tokens(SharedGateway.PIPELINE));
    running.stream().onNext(start(startOf(version, good).setSizeBytes(size)));
    var refusal =
        Refused.with(
            Status.Code.INVALID_ARGUMENT,
            Reason.ARTIFACT_INVALID,
            () -> running.answer.orTimeout(30, java.util.concurrent.TimeUnit.SECONDS).join());
    assertTrue(String.valueOf(refusal.getStatus().getDescription()).length() > 5);
    assertNothingStays(version);
  }

  @Test
  void upload_cutByTheClient_leavesNothing() {
    String version = version();
    Running running = Running.begin(gateway.tokens(SharedGateway.PIPELINE));
    running.stream().onNext(start(startOf(version, good)));
    running.stream().onNext(chunk(java.util.Arrays.copyOf(good, good.length - 1)));
    assertTrue(Await.until(GONE_MAX, () -> !files().equals(files)), "it has begun");
    running.stream().cancel("cut", null);
    assertNothingStays(version);
    assertEquals(
        ModelVersion.State.STATE_UNDEPLOYED,
        upload(start(startOf(version, good)), chunk(good)).getState());
  }

  static Stream<Arguments> noTorchScript() throws IOException {
    byte[] random = new byte[100_000];
    new Random(42).nextBytes(random);
    byte[] zipThatIsNot = random.clone();
    System.arraycopy(new byte[] {'P', 'K', 3, 4}, 0, zipThatIsNot, 0, 4);
    byte[] cut = java.util.Arrays.copyOf(Files.readAllBytes(SharedGateway.sample("half.pt")), 700);
    return Stream.of(
        Arguments.of("random bytes", random),
        Arguments.of("the beginning of a zip", zipThatIsNot),
        Arguments.of("a cut archive", cut),
        Arguments.of("an empty zip", zip()),
        Arguments.of("a pickle", new byte[] {(byte) 0x80, 2, '}', 'q', 0, '.'}),
        Arguments.of("weights only", zip("m/data.pkl", "m/version", "m/data/0", "m/byteorder")),
        Arguments.of("no data.pkl", zip("m/version", "m/code/__torch__.py")),
        Arguments.of("no version", zip("m/data.pkl", "m/code/__torch__.py")),
        Arguments.of(
            "two folders", zip("m/data.pkl", "m/version", "m/code/__torch__.py", "n/data.pkl")),
        Arguments.of(
            "names that differ in case only",
            zip("m/data.pkl", "m/DATA.PKL", "m/version", "m/code/__torch__.py")));
  }

  private static byte[] zip(String... names) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
      for (String name : names) {
        zip.putNextEntry(new ZipEntry(name));
        zip.write("3\n".getBytes(StandardCharsets.US_ASCII));
      }
    }
    return bytes.toByteArray();
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("noTorchScript")
  void upload_noTorchScript_leavesNothing(String what, byte[] bytes) {
    String version = version();
    String refusal = artifactInvalid(start(startOf(version, bytes)), chunk(bytes));
    assertTrue(refusal.startsWith("no TorchScript archive: "), what + ": " + refusal);
    assertNothingStays(version);
  }

  @Test
  void upload_messagesOutOfOrder_areRefused() {
    String version = version();
    invalid(chunk(good));
    invalid(start(startOf(version, good)), start(startOf(version, good)));
    invalid(start(startOf(version, good)), chunk(good), start(startOf(version, good)));
    invalid(start(startOf(version, good)), UploadModelVersionRequest.getDefaultInstance());
    invalid(UploadModelVersionRequest.getDefaultInstance());
    invalid();
    invalid(start(startOf(version, new byte[5 << 20])), chunk(new byte[(4 << 20) + 1]));
    invalid(start(startOf(version, good).setSha256(ByteString.copyFrom(new byte[31]))));
    invalid(start(startOf(version, good).clearSha256()));
    assertNothingStays(version);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "A", "a_b", "a.b", "é", "a/b", "..", " ", "a\u0000", "latest version"})
  void upload_badNames_areRefused(String name) {
    invalid(start(startOf(name, good)), chunk(good));
    invalid(start(startOf("x", good).setParent("models/" + name)), chunk(good));
    Refused.with(
        Status.Code.INVALID_ARGUMENT,
        Reason.ARGUMENT_INVALID,
        () ->
            gateway
                .client()
                .models(gateway.tokens(SharedGateway.PIPELINE))
                .createModel(
                    CreateModelRequest.newBuilder()
                        .setModelId(name)
                        .setModel(Model.newBuilder().setDisplayName("x"))
                        .build()));
  }

  @Test
  void upload_nameOf64_isRefusedAnd63IsTaken() {
    invalid(start(startOf("a".repeat(64), good)), chunk(good));
    assertEquals(
        "models/" + MODEL + "/versions/" + "a".repeat(63),
        upload(start(startOf("a".repeat(63), good)), chunk(good)).getName());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"BF16", "INT16", "UINT16", "UINT32", "UINT64", "BYTES", "", "fp32", "TYPE_FP32"})
  void upload_signatureWithADatatypeNotTaken_isRefused(String datatype) {
    String version = version();
    invalid(start(startOf(version, good).setSignature(SampleModels.identity(datatype))));
    assertNothingStays(version);
  }

  static Stream<Arguments> badSignatures() {
    var x = ModelPublisher.tensor("x", "FP32", -1, 4);
    var many = java.util.Collections.nCopies(65, x);
    return Stream.of(
        Arguments.of("none", Signature.getDefaultInstance()),
        Arguments.of("no output", ModelPublisher.signature(List.of(x), List.of())),
        Arguments.of("a name twice", ModelPublisher.signature(List.of(x, x), List.of(x))),
        Arguments.of("65 inputs", ModelPublisher.signature(many, List.of(x))),
        Arguments.of("no batch dimension", one("x", 4)),
        Arguments.of("no dimensions", one("x")),
        Arguments.of("a dimension of 0", one("x", -1, 0)),
        Arguments.of("a dimension of -2", one("x", -1, -2)),
        Arguments.of("9 dimensions", one("x", -1, 1, 1, 1, 1, 1, 1, 1, 1)),
        Arguments.of("no name", one("", -1, 4)),
        Arguments.of("a name with a space", one("x y", -1, 4)),
        Arguments.of("a name too long", one("x".repeat(129), -1, 4)));
  }

  private static Signature one(String name, long... shape) {
    var tensor = ModelPublisher.tensor(name, "FP32", shape);
    return ModelPublisher.signature(List.of(tensor), List.of(tensor));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("badSignatures")
  void upload_badSignature_isRefused(String what, Signature signature) {
    String version = version();
    invalid(start(startOf(version, good).setSignature(signature)));
    assertNothingStays(version);
    assertTrue(!what.isEmpty());
  }

  @Test
  void upload_versionThatExists_isRefused() {
    String version = version();
    ModelVersion made = upload(start(startOf(version, good)), chunk(good));
    Refused.with(
        Status.Code.ALREADY_EXISTS,
        Reason.ALREADY_EXISTS,
        () -> upload(start(startOf(version, good)), chunk(good)));
    assertEquals(made, get(version));
  }

  @Test
  void upload_twiceAtOnce_oneWins() {
    for (int round = 0; round < 3; round++) {
      String version = version();
      Running one = Running.begin(gateway.tokens(SharedGateway.PIPELINE));
      Running two = Running.begin(gateway.tokens(SharedGateway.PIPELINE));
      for (Running running : List.of(one, two)) {
        running.stream().onNext(start(startOf(version, good)));
        running.stream().onNext(chunk(good));
      }
      for (Running running : List.of(one, two)) {
        running.stream().onCompleted();
      }
      int made = 0;
      for (Running running : List.of(one, two)) {
        try {
          made += running.answer.join().getName().endsWith(version) ? 1 : 0;
        } catch (java.util.concurrent.CompletionException e) {
          Refused.is(Status.Code.ALREADY_EXISTS, Reason.ALREADY_EXISTS, e);
        }
      }
      assertEquals(1, made);
      assertEquals(good.length, get(version).getSizeBytes());
    }
  }

  @Test
  void upload_toAnothersModelOrNone_answersAlike() {
    for (String parent : List.of("models/" + MODEL, "models/not-there")) {
      Running running = Running.begin(gateway.tokens(SharedGateway.RIVAL));
      running.stream().onNext(start(startOf("x", good).setParent(parent)));
      Refused.with(
          Status.Code.PERMISSION_DENIED,
          Reason.ACCESS_DENIED,
          () -> running.answer.orTimeout(30, java.util.concurrent.TimeUnit.SECONDS).join());
    }
  }

  @Test
  void deploy_signatureThatDoesNotFit_failsWithAReasonWhileOthersServe() {
    String version = version();
    var unused =
        upload(start(startOf(version, good).setSignature(SampleModels.DICTIONARY)), chunk(good));
    var versions = gateway.client().versions(gateway.tokens(SharedGateway.PIPELINE));
    ModelVersion deploying =
        versions.deployModelVersion(
            DeployModelVersionRequest.newBuilder()
                .setName("models/" + MODEL + "/versions/" + version)
                .build());
    assertEquals(ModelVersion.State.STATE_DEPLOYING, deploying.getState());
    assertTrue(
        Await.until(
            ModelPublisher.DEPLOY_MAX,
            () -> get(version).getState() != ModelVersion.State.STATE_DEPLOYING));
    ModelVersion failed = get(version);
    assertEquals(ModelVersion.State.STATE_FAILED, failed.getState());
    assertTrue(failed.getFailure().length() > 20, failed.getFailure());
    assertTrue(!failed.getFailure().contains("unexpected"), failed.getFailure());
    assertTrue(
        versions
                .listModelVersions(
                    ListModelVersionsRequest.newBuilder().setParent("models/" + MODEL).build())
                .getModelVersionsCount()
            > 0);
  }
}
