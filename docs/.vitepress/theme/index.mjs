import DefaultTheme from 'vitepress/theme';
import Playground from './Playground.vue';

/** The default theme and the component of the page "Playground". */
export default {
  extends: DefaultTheme,
  enhanceApp({ app }) {
    app.component('Playground', Playground);
  },
};
