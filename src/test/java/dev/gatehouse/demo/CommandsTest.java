package dev.gatehouse.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.util.JsonFormat;
import dev.gatehouse.stubs.inference.ModelInferRequest;
import dev.gatehouse.testing.Folders;
import java.nio.file.Files;
import org.junit.jupiter.api.Test;

final class CommandsTest {

  private static final Digits DIGITS =
      Digits.read(Folders.project("deploy/sample/digits_test.csv"));

  /** Reads the JSON as grpcurl does, which is no part of the build. */
  @Test
  void request_isTheJsonOfTheMessageForTheImage() throws InvalidProtocolBufferException {
    Digits.Row row = DIGITS.rows().getFirst();
    ModelInferRequest.Builder request = ModelInferRequest.newBuilder();
    JsonFormat.parser().merge(Commands.request(row), request);
    assertEquals(Quickstart.MODEL, request.getModelName());
    assertEquals(Digits.PIXELS, request.getInputs(0).getContents().getFp32ContentsCount());
    for (int i = 0; i < Digits.PIXELS; i++) {
      assertEquals(row.pixels()[i], request.getInputs(0).getContents().getFp32Contents(i));
    }
  }

  @Test
  void protoFile_isWhereTheCommandsSay() {
    assertTrue(Files.exists(Folders.project("proto").resolve(Commands.PROTO)));
  }

  @Test
  void every_twoShares_makeUpTheWhole() {
    assertEquals(397, DIGITS.rows().size());
    assertEquals(199, DIGITS.every(2, 0).rows().size());
    assertEquals(198, DIGITS.every(2, 1).rows().size());
    assertEquals(DIGITS.rows().get(3), DIGITS.every(2, 1).rows().get(1));
  }
}
