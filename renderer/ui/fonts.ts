// The three voices and the scripts of the four languages, bundled: nothing is loaded from elsewhere. SIL OFL 1.1.

import '@fontsource-variable/inter/wght.css';
import '@fontsource-variable/jetbrains-mono/wght.css';
import '@fontsource-variable/source-serif-4/wght.css';
import './vazirmatn.css';
import '@fontsource/noto-sans-sc/400.css';
