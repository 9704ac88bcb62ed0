package dev.gatehouse.edge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.EnumDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import dev.gatehouse.stubs.inference.OpenInferenceProto;
import dev.gatehouse.testing.Folders;
import java.io.IOException;
import java.nio.file.Files;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/**
 * The inference protocol against {@code inference-wire.txt}: every field, enum value and method of
 * the Open Inference Protocol, and of Triton's extensions where we declare them, as {@code
 * message.field=number:type}.
 */
final class WireCompatibilityTest {

  private static final String PACKAGE = "inference.";

  @Test
  void protocol_onTheWire_isTheOneThatClientsSpeak() throws IOException {
    TreeSet<String> expected =
        new TreeSet<>(Files.readAllLines(Folders.project("src/test/resources/inference-wire.txt")));
    assertTrue(expected.size() > 150);
    TreeSet<String> ours = new TreeSet<>();
    var file = OpenInferenceProto.getDescriptor();
    assertEquals("inference", file.getPackage());
    file.getMessageTypes().forEach(message -> message(message, ours));
    file.getEnumTypes().forEach(values -> values(values, ours));
    for (var method : file.findServiceByName("GRPCInferenceService").getMethods()) {
      ours.add(
          "rpc "
              + method.getName()
              + "="
              + (method.isClientStreaming() ? "stream " : "")
              + method.getInputType().getName()
              + ":"
              + (method.isServerStreaming() ? "stream " : "")
              + method.getOutputType().getName());
    }
    assertEquals(String.join("\n", expected), String.join("\n", ours));
  }

  private static void message(Descriptor message, TreeSet<String> lines) {
    if (message.getOptions().getMapEntry()) {
      return;
    }
    for (FieldDescriptor field : message.getFields()) {
      lines.add(name(field.getFullName()) + "=" + field.getNumber() + ":" + type(field));
    }
    message.getNestedTypes().forEach(nested -> message(nested, lines));
    message.getEnumTypes().forEach(nested -> values(nested, lines));
  }

  private static void values(EnumDescriptor values, TreeSet<String> lines) {
    for (var value : values.getValues()) {
      lines.add(
          name(values.getFullName()) + "." + value.getName() + "=" + value.getNumber() + ":enum");
    }
  }

  private static String name(String full) {
    assertTrue(full.startsWith(PACKAGE), full);
    return full.substring(PACKAGE.length());
  }

  private static String type(FieldDescriptor field) {
    if (field.isMapField()) {
      Descriptor entry = field.getMessageType();
      return "map<"
          + plain(entry.findFieldByNumber(1))
          + ","
          + plain(entry.findFieldByNumber(2))
          + ">";
    }
    return (field.isRepeated() ? "repeated " : "") + plain(field);
  }

  private static String plain(FieldDescriptor field) {
    return switch (field.getJavaType()) {
      case MESSAGE -> field.getMessageType().getName();
      case ENUM -> field.getEnumType().getName();
      default -> field.getType().name().toLowerCase(java.util.Locale.ROOT);
    };
  }
}
