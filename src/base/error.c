/* error: the message of a failure of our own. */
#include "base/error.h"

#include <stdio.h>

_Bool error_set(struct error *error, const char *format, ...)
{
    if (error != NULL) {
        va_list arguments;
        va_start(arguments, format);
        vsnprintf(error->message, sizeof error->message, format, arguments);
        va_end(arguments);
    }
    return 0;
}
