/*
 * console.c: the output stream on Bochs' debug port, messages, and the end of the machine.
 */
#include "cpu.h"
#include "kernel.h"

#include <stdarg.h>

#define PORT_DEBUG    0x00e9 /* Bochs prints each byte on its standard output */
#define PORT_SHUTDOWN 0x8900 /* Bochs ends when it has read "Shutdown" here */

static uint64_t ticks_start;

static void port_write(uint16_t port, const void *bytes, size_t length)
{
    __asm__ volatile("rep outsb" : "+S"(bytes), "+c"(length) : "d"(port) : "memory");
}

void console_begin(void)
{
    static const char magic[] = STREAM_MAGIC;
    ticks_restart();
    port_write(PORT_DEBUG, magic, sizeof magic - 1);
}

void console_write(char stream, const void *bytes, size_t length)
{
    const uint8_t *from = bytes;
    while (length > 0) {
        const uint32_t part = length < UINT32_MAX ? (uint32_t)length : UINT32_MAX;
        port_write(PORT_DEBUG, &stream, 1);
        port_write(PORT_DEBUG, &part, sizeof part);
        port_write(PORT_DEBUG, from, part);
        from += part;
        length -= part;
    }
}

/* A line that grows in a buffer and is cut at its end. */
struct line {
    char text[256];
    size_t length;
};

static void line_add(struct line *line, const char *text)
{
    while (*text != '\0' && line->length < sizeof line->text - 1)
        line->text[line->length++] = *text++;
}

static void line_add_number(struct line *line, uint64_t value, unsigned base)
{
    char digits[24];
    char *first = digits + sizeof digits - 1;
    *first = '\0';
    do {
        *--first = "0123456789abcdef"[value % base];
        value /= base;
    } while (value != 0);
    line_add(line, first);
}

void message(const char *format, ...)
{
    struct line line = {.length = 0};
    va_list arguments;
    va_start(arguments, format);
    line_add(&line, "bxrun: ");
    for (; *format != '\0'; ++format) {
        const char plain[2] = {*format, '\0'};
        if (*format != '%') {
            line_add(&line, plain);
        } else if (*++format == 's') {
            line_add(&line, va_arg(arguments, const char *));
        } else {
            ++format; /* the l of %lu and %lx */
            line_add_number(&line, va_arg(arguments, unsigned long), *format == 'x' ? 16 : 10);
        }
    }
    va_end(arguments);
    line.text[line.length++] = '\n';
    console_write(STREAM_STDERR, line.text, line.length);
}

_Noreturn void machine_exit(unsigned code)
{
    static const char shutdown[] = "Shutdown";
    const char record = STREAM_EXIT;
    const uint32_t exit_code = code;
    const uint64_t executed = ticks();
    port_write(PORT_DEBUG, &record, 1);
    port_write(PORT_DEBUG, &exit_code, sizeof exit_code);
    port_write(PORT_DEBUG, &executed, sizeof executed);
    port_write(PORT_SHUTDOWN, shutdown, sizeof shutdown - 1);
    for (;;)
        __asm__ volatile("cli; hlt");
}

uint64_t ticks(void)
{
    return cpu_ticks() - ticks_start;
}

void ticks_restart(void)
{
    ticks_start = cpu_ticks();
}
