package dev.gatehouse.testing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatehouse.testing.LoginPage.Asks;
import java.net.URI;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class LoginPageTest {

  private static final URI PAGE = URI.create("http://127.0.0.1:8080/realms/r/auth?x=1");

  @Test
  void parse_quotedAndEscapedAction_unescapesIt() {
    assertEquals(
        new LoginPage(
            Asks.PASSWORD,
            URI.create("http://127.0.0.1:8080/login?a=1&b=2"),
            Map.of("credentialId", "a\"b")),
        parse(
            """
            <form id="kc-form-login" onsubmit="login.disabled = true; return a > b;"
                action="http://127.0.0.1:8080/login?a=1&amp;b&#61;2" method="post">
              <input tabindex="1" name="username" type="text"/>
              <input name="password" type="password" autofocus />
              <input type="hidden" name="credentialId" value='a"b'/>
            </form>
            """));
  }

  @Test
  void parse_otherCaseUnquotedAndRelative_isReadAlike() {
    assertEquals(
        new LoginPage(
            Asks.PASSWORD, URI.create("http://127.0.0.1:8080/realms/r/login"), Map.of("t", "")),
        parse(
            "<FORM METHOD=post ACTION=login><INPUT TYPE=Password><input type=hidden name=t></FORM>"));
  }

  @Test
  void parse_formsWithoutPasswordAndComments_arePassedOver() {
    assertEquals(
        new LoginPage(Asks.PASSWORD, URI.create("http://127.0.0.1:8080/b"), Map.of()),
        parse(
            """
            <formula action="/z"></formula>
            <form action="/a"><input name="q"></form>
            <!-- <form action="/c"><input type="password"></form> -->
            <form action="/b"><input type="password"></form>
            """));
  }

  @Test
  void parse_formOfAOneTimeCode_saysSo() {
    assertEquals(
        new LoginPage(
            Asks.ONE_TIME_CODE,
            URI.create("http://127.0.0.1:8080/otp"),
            Map.of("selectedCredentialId", "1")),
        parse(
            """
            <form id="kc-otp-login-form" action="/otp" method="post">
              <input type="hidden" name="selectedCredentialId" value="1">
              <input name="otp" autocomplete="one-time-code" type="text" inputmode="numeric"/>
            </form>
            """));
  }

  @Test
  void parse_noLoginForm_isEmpty() {
    assertTrue(LoginPage.parse(PAGE, "<html><form action='/a'></form></html>").isEmpty());
  }

  private static LoginPage parse(String html) {
    return LoginPage.parse(PAGE, html).orElseThrow();
  }
}
