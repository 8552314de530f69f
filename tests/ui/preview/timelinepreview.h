#pragma once

#include <QString>

/// The timeline with few, many and very many snapshots, with flags and a card, into PNGs: FOLDER/timeline-*TAIL
void previewTimeline(const QString &folder, const QString &tail);
