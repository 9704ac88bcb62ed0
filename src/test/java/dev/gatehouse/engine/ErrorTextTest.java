package dev.gatehouse.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

/** Messages of native code become one short line without paths. */
class ErrorTextTest {

  @Test
  void of_torchScriptTraceback_theRaisedLine() {
    String message =
        """
        The following operation failed in the TorchScript interpreter.
        Traceback of TorchScript, serialized code (most recent call last):
          File "code/__torch__.py", line 9, in forward
            ops.prim.RaiseException(_2, "builtins.ValueError")
        Traceback of TorchScript, original code (most recent call last):
          File "/home/someone/secret/model.py", line 5, in forward
        builtins.ValueError: too long: 512 > 128
        """;
    assertEquals("builtins.ValueError: too long: 512 > 128", ErrorText.of(message));
  }

  @Test
  void of_pathsInTheLine_replaced() {
    assertEquals(
        "RuntimeError: cannot open (path) or (path) today",
        ErrorText.of("RuntimeError: cannot open /etc/passwd or C:\\Users\\x today"));
  }

  @Test
  void of_longOrStrange_boundedAndPrintable() {
    String text = ErrorText.of("a\u0000b\u001b[31m" + "x".repeat(1_000_000));
    assertEquals(ErrorText.LENGTH_MAX, text.length());
    assertTrue(text.chars().allMatch(c -> c >= 0x20 && c <= 0x7e));
  }

  @Test
  void of_nothing_saysSo() {
    assertEquals("no message", ErrorText.of((String) null));
    assertEquals("no message", ErrorText.of(" \n "));
  }
}
