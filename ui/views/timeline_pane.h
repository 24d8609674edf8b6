// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

class QComboBox;
class QLabel;

namespace swb::ui {

class OperationFocus;
class OperationsSource;
class TimelineLanes;
class TimelineView;

/// The timeline with its verbs: zoom, fit, follow, measure, which lanes, and its picture as a file.
class TimelinePane : public QWidget {
    Q_OBJECT
public:
    /// All must outlive it.
    TimelinePane(OperationsSource& source, TimelineLanes& lanes, OperationFocus& focus,
        QWidget* parent = nullptr);
    TimelineView* view() const { return m_view; }

    /// Writes the picture to `path`: SVG when it ends so, PNG otherwise. The old file stays when
    /// that fails; the answer says why, empty: it was written.
    QString savePicture(const QString& path) const;

private:
    void askForPicture();
    void applyLanes();
    void followConnection();
    QString laneName(std::uint32_t socketId) const;

    OperationsSource& m_source;
    std::uint32_t m_followedSocket = 0;
    TimelineView* m_view;
    QComboBox* m_shown;
    QLabel* m_said;
};

} // namespace swb::ui
