package dev.gatehouse.edge;

import static dev.gatehouse.testing.Infer.addSub;
import static dev.gatehouse.testing.Infer.bytes;
import static dev.gatehouse.testing.Infer.input;
import static dev.gatehouse.testing.Infer.raw;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.CodedOutputStream;
import dev.gatehouse.core.Reason;
import dev.gatehouse.stubs.inference.ModelInferResponse;
import dev.gatehouse.testing.Await;
import dev.gatehouse.testing.GatewayClient;
import dev.gatehouse.testing.Infer;
import dev.gatehouse.testing.LoggedFaults;
import dev.gatehouse.testing.RawCalls;
import dev.gatehouse.testing.Realm;
import dev.gatehouse.testing.Refused;
import dev.gatehouse.testing.SharedGateway;
import io.grpc.Metadata;
import io.grpc.Status;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Messages that are too large, inflate too far or are no messages, against the packaged gateway
 * with a heap of 384 MiB; after each of them a good call is answered.
 */
final class BadMessagesIT {

  private static final String INFER = "inference.GRPCInferenceService/ModelInfer";
  private static final int MIB = 1 << 20;
  private static final Duration RECOVERY_MAX = Duration.ofSeconds(60);

  private static SharedGateway gateway;

  private static int loggedBefore;

  @BeforeAll
  static void start() {
    gateway = SharedGateway.get();
    loggedBefore = gateway.log().length();
  }

  /** What was logged since these tests began. */
  private static String logged() {
    return gateway.log().substring(loggedBefore);
  }

  @AfterEach
  void gateway_afterwards_answers() {
    assertTrue(gateway.process().alive());
    ModelInferResponse response =
        gateway
            .client()
            .inference(gateway.tokens(Realm.RETURNS))
            .modelInfer(addSub(20, 22).build());
    assertEquals(42, Infer.intsOf(response, 0).getFirst());
  }

  private static Metadata headers() {
    return RawCalls.headers(gateway.tokens(Realm.ORDERS));
  }

  private static RawCalls.End send(byte[] message) {
    return RawCalls.call(gateway.client().channel(), INFER, headers(), message);
  }

  @Test
  void message_of65MiB_isRefusedByTheTransport() {
    RawCalls.End end = send(new byte[65 * MIB]);
    assertEquals(Status.Code.RESOURCE_EXHAUSTED, end.status().getCode(), end.toString());
  }

  @ParameterizedTest
  @ValueSource(ints = {9 * 1024, MIB})
  void metadata_over8KiB_isRefusedByTheTransport(int bytes) {
    Metadata headers = headers();
    headers.put(Metadata.Key.of("x-large", Metadata.ASCII_STRING_MARSHALLER), "a".repeat(bytes));
    RawCalls.End end =
        RawCalls.call(
            gateway.client().channel(), INFER, headers, addSub(1, 2).build().toByteArray());
    assertTrue(!end.status().isOk(), end.toString());
    assertEquals(0, end.messages());
  }

  static Stream<Arguments> malformed() {
    byte[] good = addSub(1, 2).build().toByteArray();
    byte[] cut = java.util.Arrays.copyOf(good, good.length - 1);
    return Stream.of(
        Arguments.of("tag only", new byte[] {0x0a}),
        Arguments.of("length beyond the end", new byte[] {0x0a, 0x7f, 1}),
        Arguments.of("negative length", new byte[] {0x0a, -1, -1, -1, -1, 0x0f}),
        Arguments.of("endless varint", new byte[] {8, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1}),
        Arguments.of("field 0", new byte[] {0, 0}),
        Arguments.of("wire type 7", new byte[] {0x0f, 0}),
        Arguments.of("end of no group", new byte[] {0x0c}),
        Arguments.of("text that is no UTF-8", new byte[] {0x0a, 2, (byte) 0xc3, 0x28}),
        Arguments.of("cut", cut),
        Arguments.of("groups without end", groups(100_000)),
        Arguments.of("JSON", "{\"model_name\":\"add-sub\"}".getBytes(StandardCharsets.UTF_8)));
  }

  private static byte[] groups(int depth) {
    byte[] message = new byte[depth];
    java.util.Arrays.fill(message, (byte) ((100 << 3 & 0x7f) | 3));
    return message;
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("malformed")
  void message_malformed_isRefusedWithoutAStackTrace(String what, byte[] message) {
    RawCalls.End end = send(message);
    Refused.is(Status.Code.INVALID_ARGUMENT, Reason.ARGUMENT_INVALID, end.failure());
    RawCalls.End admin =
        RawCalls.call(
            gateway.client().channel(),
            "gatehouse.admin.v1.ModelVersionsService/UploadModelVersion",
            RawCalls.headers(gateway.tokens(SharedGateway.PIPELINE)),
            message);
    Refused.is(Status.Code.INVALID_ARGUMENT, Reason.ARGUMENT_INVALID, admin.failure());
    assertEquals(List.of(), LoggedFaults.in(logged()), what);
  }

  @Test
  void message_mutatedAtRandom_neverCausesAnInternalError() {
    long seed = 20261121;
    Random random = new Random(seed);
    byte[] good = addSub(1, 2).setId("id").build().toByteArray();
    for (int i = 0; i < 200; i++) {
      byte[] message = good.clone();
      for (int flips = 1 + random.nextInt(4); flips > 0; flips--) {
        message[random.nextInt(message.length)] ^= (byte) (1 << random.nextInt(8));
      }
      RawCalls.End end = send(message);
      assertTrue(
          List.of(
                  Status.Code.OK,
                  Status.Code.INVALID_ARGUMENT,
                  Status.Code.NOT_FOUND,
                  Status.Code.PERMISSION_DENIED)
              .contains(end.status().getCode()),
          "seed " + seed + ", message " + i + ": " + end);
    }
  }

  @Test
  void message_compressed_isAnswered() {
    GatewayClient client = gateway.client();
    ModelInferResponse response =
        client
            .inference(gateway.tokens(Realm.ORDERS))
            .withCompression("gzip")
            .modelInfer(addSub(1, 2).build());
    assertEquals(3, Infer.intsOf(response, 0).getFirst());
    float[] row = new float[4 * MIB / 4];
    row[row.length - 1] = 7;
    ModelInferResponse large =
        client
            .inference(gateway.tokens(Realm.ORDERS))
            .withCompression("gzip")
            .modelInfer(
                raw("identity-fp32", input("x", "FP32", 1, row.length), bytes(row)).build());
    assertEquals(4 * MIB, large.getRawOutputContents(0).size());
  }

  /** A message of gigabytes in a few megabytes: a length-delimited field that no one declared. */
  @Test
  void message_thatInflatesToGigabytes_isRefusedAndOthersGoOn() throws Exception {
    byte[] bomb = zeros(2L * 1024 * MIB);
    assertTrue(bomb.length < 8 * MIB, bomb.length + " bytes");
    double before = heapUsed();
    List<RawConnection> connections = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      connections.add(RawConnection.to(gateway.process().grpcPort()));
    }
    try {
      for (RawConnection connection : connections) {
        connection.call(INFER, gateway.tokens(Realm.ORDERS).accessToken(), true, bomb);
      }
      for (int i = 0; i < 20; i++) {
        gateway_afterwards_answers();
      }
      for (RawConnection connection : connections) {
        connection.awaitEnd();
      }
    } finally {
      for (RawConnection connection : connections) {
        connection.close();
      }
    }
    assertTrue(heapUsed() < 384.0 * MIB, before + " before, " + heapUsed() + " after");
    assertFalse(gateway.log().contains("OutOfMemoryError"));
  }

  private static double heapUsed() {
    return new dev.gatehouse.testing.PrometheusText(gateway.process().metrics())
        .sum("jvm_memory_used_bytes", java.util.Map.of("area", "heap"));
  }

  private static byte[] zeros(long size) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (GZIPOutputStream zip = new GZIPOutputStream(out, 65_536)) {
      byte[] header = new byte[16];
      CodedOutputStream coded = CodedOutputStream.newInstance(header);
      coded.writeTag(7, 2);
      coded.writeUInt32NoTag(Integer.MAX_VALUE);
      zip.write(header, 0, coded.getTotalBytesWritten());
      byte[] block = new byte[MIB];
      for (long written = 0; written < size; written += block.length) {
        zip.write(block);
      }
    }
    return out.toByteArray();
  }

  /** 40 MiB of each message come, and then nothing: five would exceed the budget of 128 MiB. */
  @Test
  void messages_halfSentOverManyConnections_exceedTheBudgetAndItRecovers() throws Exception {
    List<RawConnection> connections = new ArrayList<>();
    try {
      for (int i = 0; i < 6; i++) {
        RawConnection connection = RawConnection.to(gateway.process().grpcPort());
        connections.add(connection);
        connection.halfCall(INFER, gateway.tokens(Realm.ORDERS).accessToken(), 60 * MIB, 40 * MIB);
      }
      assertTrue(
          Await.until(RECOVERY_MAX, () -> connections.stream().anyMatch(RawConnection::callEnded)),
          "none of six times 40 MiB is refused, with a budget of 128 MiB");
      assertTrue(gateway.process().alive());
    } finally {
      for (RawConnection connection : connections) {
        connection.close();
      }
    }
    // A large message gets in again once the half-sent ones are gone.
    byte[] large =
        raw("identity-fp32", input("x", "FP32", 1, 1), new byte[60 * MIB]).build().toByteArray();
    assertTrue(
        Await.until(
            RECOVERY_MAX, () -> send(large).status().getCode() == Status.Code.INVALID_ARGUMENT));
    assertEquals(List.of(), LoggedFaults.in(logged()), "no stack trace of it in the log");
  }

  /** Many small parts in one message must not grow far beyond the bytes they came in. */
  @Test
  void message_ofMillionsOfEmptyParts_isRefusedAndOthersGoOn() {
    byte[] inputs = new byte[60 * MIB];
    for (int i = 0; i < inputs.length; i += 2) {
      inputs[i] = 0x2a;
    }
    RawCalls.End end = send(inputs);
    assertFalse(end.status().isOk());
    assertTrue(gateway.process().alive());
    assertFalse(gateway.log().contains("OutOfMemoryError"));
  }
}
