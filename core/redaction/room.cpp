// Placeholder until the room's first source.
#include "redaction/redactor.h"
