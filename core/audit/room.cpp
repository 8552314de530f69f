// Placeholder until the room's first source.
#include "audit/event.h"
#include "audit/query.h"
