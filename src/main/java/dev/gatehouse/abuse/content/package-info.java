@org.jspecify.annotations.NullMarked
package dev.gatehouse.abuse.content;
