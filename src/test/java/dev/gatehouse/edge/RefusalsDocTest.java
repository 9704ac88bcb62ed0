package dev.gatehouse.edge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.rpc.Code;
import com.google.rpc.ErrorInfo;
import com.google.rpc.Status;
import dev.gatehouse.core.Reason;
import dev.gatehouse.core.Refusal;
import dev.gatehouse.testing.Folders;
import io.grpc.protobuf.StatusProto;
import java.io.IOException;
import java.lang.reflect.Constructor;
import java.nio.file.Files;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** Holds the table of docs/refusals.md to {@link RefusalStatus}. */
final class RefusalsDocTest {

  private static final Pattern ROW =
      Pattern.compile("(?m)^\\| `([A-Z_]+)` \\| `([A-Z_]+)` \\| ([^|]*) \\|");
  private static final Pattern NAME = Pattern.compile("`([^`]+)`");

  /**
   * A row of the table.
   *
   * @param reason the reason of the {@code ErrorInfo}
   * @param status the gRPC status
   * @param details the other messages among the details, and the metadata of the {@code ErrorInfo}
   */
  private record Row(String reason, String status, Set<String> details) {}

  @Test
  void table_ofEveryReason_isWhatTheWireSays() throws IOException {
    List<Row> documented =
        ROW.matcher(Files.readString(Folders.project("docs/refusals.md")))
            .results()
            .map(RefusalsDocTest::row)
            .toList();
    List<Row> real =
        Arrays.stream(Reason.values())
            .map(
                reason ->
                    Arrays.stream(Refusal.class.getPermittedSubclasses())
                        .map(RefusalsDocTest::sample)
                        .filter(refusal -> refusal.reason() == reason)
                        .map(RefusalsDocTest::onTheWire)
                        .findFirst()
                        .orElseThrow())
            .toList();
    assertEquals(real, documented);
  }

  private static Row row(MatchResult match) {
    Set<String> details = new TreeSet<>();
    NAME.matcher(match.group(3)).results().forEach(name -> details.add(name.group(1)));
    return new Row(match.group(1), match.group(2), details);
  }

  private static Row onTheWire(Refusal refusal) {
    Status status = StatusProto.fromThrowable(RefusalStatus.of(refusal));
    assertNotNull(status);
    Code code = Code.forNumber(status.getCode());
    assertNotNull(code);
    Set<String> details = new TreeSet<>();
    String reason = "none";
    for (Any detail : status.getDetailsList()) {
      if (detail.is(ErrorInfo.class)) {
        ErrorInfo info = errorInfo(detail);
        reason = info.getReason();
        details.addAll(info.getMetadataMap().keySet());
      } else {
        details.add(detail.getTypeUrl().replaceFirst(".*\\.", ""));
      }
    }
    return new Row(reason, code.name(), details);
  }

  private static ErrorInfo errorInfo(Any detail) {
    try {
      return detail.unpack(ErrorInfo.class);
    } catch (InvalidProtocolBufferException e) {
      throw new AssertionError(e);
    }
  }

  /** A refusal of that kind, with something in each of its components. */
  private static Refusal sample(Class<?> kind) {
    Constructor<?> constructor = kind.getDeclaredConstructors()[0];
    Object[] values =
        Arrays.stream(constructor.getParameterTypes()).map(RefusalsDocTest::value).toArray();
    try {
      return (Refusal) constructor.newInstance(values);
    } catch (ReflectiveOperationException e) {
      throw new AssertionError(e);
    }
  }

  private static Object value(Class<?> type) {
    if (type == String.class) {
      return "something";
    }
    if (type == Duration.class) {
      return Duration.ofSeconds(1);
    }
    if (type == List.class) {
      return List.of(new Refusal.Violation("field", "wrong"));
    }
    throw new AssertionError("no sample of " + type);
  }
}
