// Placeholder until the room's first source.
#include "catalogue/catalogue.h"
#include "catalogue/normaliser.h"
