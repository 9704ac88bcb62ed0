package dev.gatehouse.edge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatehouse.stubs.admin.v1.Deployment;
import dev.gatehouse.testing.Folders;
import dev.gatehouse.testing.ModelPublisher;
import dev.gatehouse.testing.Realm;
import dev.gatehouse.testing.SharedGateway;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * A client in Python, made from the same protobuf files: deploy/sample/infer.py on the
 * distribution's own grpcio.
 */
class PythonClientProof {

  private static final long SECONDS_MAX = 120;
  private static final String MODEL = "python-digits";

  private record Result(int status, String output) {}

  @BeforeAll
  static void publish() {
    SharedGateway gateway = SharedGateway.get();
    ModelPublisher publisher = gateway.publisher();
    var model = publisher.createModel(MODEL, "Digits for Python");
    var version =
        publisher.upload(
            MODEL,
            "1",
            Folders.project("deploy/sample/digits_cnn.pt"),
            ModelPublisher.signature(
                List.of(ModelPublisher.tensor("pixels", "FP32", -1, 64)),
                List.of(ModelPublisher.tensor("logits", "FP32", -1, 10))));
    var ready = publisher.deploy(version.getName(), Deployment.getDefaultInstance());
    publisher.grantInfer(MODEL, Realm.ORDERS.clientId());
    assertEquals("models/" + MODEL, model.getName());
    assertEquals(version.getName(), ready.getName());
  }

  private static Result infer(String... arguments) throws Exception {
    List<String> command = new ArrayList<>(List.of("/usr/bin/python3"));
    command.add(Folders.project("deploy/sample/infer.py").toString());
    command.add("--target=127.0.0.1:" + SharedGateway.get().process().grpcPort());
    command.add("--model=" + MODEL);
    command.addAll(List.of(arguments));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertTrue(process.waitFor(SECONDS_MAX, TimeUnit.SECONDS));
    return new Result(process.exitValue(), output);
  }

  @Test
  void infer_withTokenFromKeycloak_classifies() throws Exception {
    Result result =
        infer(
            "--issuer=" + SharedGateway.get().keycloak().issuer(),
            "--client-id=" + Realm.ORDERS.clientId(),
            "--client-secret=" + Realm.ORDERS.secret(),
            "--row=0");

    assertEquals(0, result.status(), result.output());
    assertTrue(
        result.output().matches("(?s)class ([0-9]) \\(the label says \\1\\).*"), result.output());
  }

  @Test
  void stream_ofManyImages_classifiesEachInItsPlace() throws Exception {
    String token = SharedGateway.get().tokens(Realm.ORDERS).accessToken();

    Result result = infer("--token=" + token, "--stream=200");

    assertEquals(0, result.status(), result.output());
    long right =
        result
            .output()
            .lines()
            .filter(line -> line.matches("class ([0-9]) \\(the label says \\1\\).*"))
            .count();
    assertEquals(200, result.output().lines().count(), result.output());
    assertTrue(right >= 190, right + " are right");
  }

  @Test
  void stream_withTokenButNoGrant_tellsTheRefusalOfEachMessage() throws Exception {
    String token = SharedGateway.get().tokens(Realm.STRANGER).accessToken();

    Result result = infer("--token=" + token, "--stream=3");

    assertEquals(1, result.status(), result.output());
    assertEquals(3, result.output().lines().count(), result.output());
    assertTrue(
        result.output().lines().allMatch(line -> line.startsWith("ACCESS_DENIED: ")),
        result.output());
  }

  @Test
  void infer_withoutToken_isRefusedWithErrorInfo() throws Exception {
    Result result = infer();

    assertEquals(1, result.status(), result.output());
    assertTrue(result.output().startsWith("UNAUTHENTICATED: "), result.output());
    assertTrue(result.output().contains("(reason CREDENTIAL_INVALID)"), result.output());
  }

  @Test
  void infer_withTokenButNoGrant_isRefusedWithErrorInfo() throws Exception {
    String token = SharedGateway.get().tokens(Realm.STRANGER).accessToken();

    Result result = infer("--token=" + token);

    assertEquals(1, result.status(), result.output());
    assertTrue(result.output().contains("PERMISSION_DENIED"), result.output());
    assertTrue(result.output().contains("(reason ACCESS_DENIED)"), result.output());
  }
}
