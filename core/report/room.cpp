// Placeholder until the room's first source.
#include "report/report.h"
