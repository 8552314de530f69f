// Placeholder until the room's first source.
#include "credentials/credentialstore.h"
#include "credentials/secret.h"
